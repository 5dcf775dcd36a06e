//! What a clock means: clocks and microseconds of a sweep and of an image, by the generator's exact formula.

use crate::port;
use serde::Serialize;
use spinwright_contract::{Color, Machine, Readout, Schedule, Start, ValidConfig, ValidSparse};
use spinwright_hdl::machine::cycle_count;
use spinwright_hdl::wired::WiredShape;

/// How fast a machine is at a clock.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Speed {
    /// The clock in Hz.
    pub clock_hz: u64,
    /// Clocks of one sweep of all replicas, block by block.
    pub clocks_per_sweep: Vec<u64>,
    /// The same in microseconds.
    pub microseconds_per_sweep: Vec<f64>,
    /// Spin updates per second while sweeping, over all replicas; 0 where that depends on the graph in the bank.
    pub updates_per_second: f64,
    /// Images; a sparse machine has none.
    #[serde(flatten)]
    pub image: Option<ImageSpeed>,
}

/// How long a layered machine takes for an image.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ImageSpeed {
    /// Sweeps of an image, counted over replicas and blocks.
    pub sweeps_per_image: u64,
    /// Clocks of an image with that many: random start, no burn-in, spin readout; the port's time not counted.
    pub clocks_per_image: u64,
    /// The same in microseconds.
    pub microseconds_per_image: f64,
    /// Images per second on the device.
    pub images_per_second: f64,
    /// Seconds that the UART needs for an image in and its result out.
    pub port_seconds_per_image: f64,
    /// The same for a machine with an SPI port, `SCK` at an eighth of the clock.
    pub spi_seconds_per_image: f64,
}

impl Speed {
    /// The speed of a machine at its clock with `retained` sweeps of every replica and block.
    pub fn of(machine: &Machine, retained: u32) -> Self {
        match machine {
            Machine::Layered(machine) => Self::layered(machine, retained),
            Machine::Sparse(machine) => Self::sparse(machine),
        }
    }

    /// The speed at another clock than the machine's own, with `sweeps` of an image over replicas and blocks (at least one of each).
    pub fn at(machine: &Machine, clock_hz: u64, sweeps: u64) -> Self {
        let retained = match machine {
            Machine::Layered(m) => {
                (sweeps / (m.replicas() * m.block_count()) as u64).clamp(1, m.max_sweeps().into()) as u32
            }
            Machine::Sparse(_) => 0,
        };
        Self::of(machine, retained).with_clock(clock_hz)
    }

    fn with_clock(mut self, clock_hz: u64) -> Self {
        let ratio = clock_hz as f64 / self.clock_hz as f64;
        self.clock_hz = clock_hz;
        self.microseconds_per_sweep.iter_mut().for_each(|us| *us /= ratio);
        self.updates_per_second *= ratio;
        if let Some(image) = &mut self.image {
            image.microseconds_per_image /= ratio;
            image.images_per_second *= ratio;
            image.spi_seconds_per_image /= ratio;
        }
        self
    }

    /// A sweep of a wired machine: its slots' bursts. Another kind has no fixed one.
    fn sparse(machine: &ValidSparse) -> Self {
        let clock_hz = machine.timing().clock_hz;
        let clocks = WiredShape::of(machine).map(|shape| shape.clocks_per_sweep() as u64);
        let updates = (machine.p_bits() * machine.replicas()) as f64;
        Self {
            clock_hz,
            clocks_per_sweep: clocks.into_iter().collect(),
            microseconds_per_sweep: clocks.map(|c| c as f64 * 1e6 / clock_hz as f64).into_iter().collect(),
            updates_per_second: clocks.map_or(0.0, |c| updates * clock_hz as f64 / c as f64),
            image: None,
        }
    }

    fn layered(machine: &ValidConfig, retained: u32) -> Self {
        let clock_hz = machine.timing().clock_hz;
        let blocks = machine.blocks().count();
        let count = |retained: u32| {
            let schedule = Schedule { burn_in: 0, retained, readout: Readout::Spin };
            cycle_count(machine, &vec![schedule; blocks], Start::Random)
        };
        // From the second sweep on all are alike.
        let (two, three) = (count(2), count(3));
        let clocks_per_sweep: Vec<u64> =
            two.sweeps.iter().zip(&three.sweeps).map(|(two, three)| three - two).collect();
        let microseconds = |clocks: u64| clocks as f64 * 1e6 / clock_hz as f64;
        let replicas = machine.replicas() as u64;
        let updates: u64 = machine
            .blocks()
            .map(|b| Color::ALL.map(|c| b.shape.plane(c).p_bits() as u64).iter().sum::<u64>() * replicas)
            .sum();
        let clocks: u64 = clocks_per_sweep.iter().sum();
        let image = count(retained).total();
        Self {
            clock_hz,
            microseconds_per_sweep: clocks_per_sweep.iter().map(|&clocks| microseconds(clocks)).collect(),
            clocks_per_sweep,
            updates_per_second: updates as f64 * clock_hz as f64 / clocks as f64,
            image: Some(ImageSpeed {
                sweeps_per_image: u64::from(retained) * replicas * blocks as u64,
                clocks_per_image: image,
                microseconds_per_image: microseconds(image),
                images_per_second: clock_hz as f64 / image as f64,
                port_seconds_per_image: port::seconds_per_picture(machine),
                spi_seconds_per_image: port::spi_seconds_per_picture(machine),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Machine, Speed};
    use crate::examples;

    #[test]
    fn the_speed_of_an_example_follows_from_its_clocks() {
        let machine = Machine::Layered(examples::machine(examples::DIGITS).unwrap());
        let speed = Speed::of(&machine, 2);
        let image = speed.image.clone().unwrap();
        assert_eq!(
            (speed.clock_hz, image.sweeps_per_image, speed.clocks_per_sweep.len()),
            (12_000_000, 8, 1)
        );
        let sweep = speed.clocks_per_sweep[0];
        // 64 p-bits in 4 replicas; 4 lanes cannot do more than 4 updates per clock.
        assert_eq!(speed.updates_per_second, 64.0 * 4.0 * 12e6 / sweep as f64);
        assert!(sweep >= 64 && image.clocks_per_image > 2 * sweep);
        let longer = Speed::of(&machine, 12).image.unwrap();
        assert_eq!(longer.clocks_per_image - image.clocks_per_image, 10 * sweep);
    }
}
