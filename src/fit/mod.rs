//! Which boards carry a model, with which lanes, and the fastest machine for each: by an area model that was measured.

mod area;
mod candidates;
mod chips;

pub use area::Area;
pub use candidates::Candidate;

use crate::boards::{BOARDS, Board};
use crate::generated::Generated;
use crate::synth::Speed;
use chips::Chip;
use serde::Serialize;
use spinwright_contract::{Machine, Problem};

/// Share of a chip's logic that placers still route well; above it a machine counts as too large.
const FULLEST: f64 = 0.92;

/// A machine that was looked at, and what it needs on any chip.
pub struct Measured {
    /// The machine.
    pub machine: Machine,
    /// Its memories and registers.
    pub area: Area,
}

/// One machine on one board.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Choice {
    /// Hardware update units.
    pub lanes: usize,
    /// Estimated logic cells, in the tools' unit of the chip.
    pub logic: u64,
    /// On the chip.
    pub logic_available: u64,
    /// Estimated block RAMs.
    pub block_rams: u64,
    /// On the chip.
    pub block_rams_available: u64,
    /// Whether it fits, with room left for the router.
    pub fits: bool,
    /// The board's clock plan in Hz.
    pub clock_hz: u64,
    /// Spin updates per second at that clock, over all replicas.
    pub updates_per_second: f64,
    /// Images per second at that clock, on the device; null for a sparse machine.
    pub images_per_second: Option<f64>,
    /// The machine's identity.
    pub machine_hash: String,
}

/// What a board can carry.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BoardFit {
    /// The board.
    pub board: &'static str,
    /// Its chip.
    pub part: &'static str,
    /// The unit of `logic`.
    pub logic_unit: &'static str,
    /// Every machine that was looked at, by lanes.
    pub choices: Vec<Choice>,
    /// Number in `choices` of the fastest one that fits; null when none does.
    pub best: Option<usize>,
}

/// The machines that run this model, by number of lanes, and what each needs.
///
/// # Errors
/// When the machine's graph is in its bank, or the generator fails.
pub fn measure(machine: &Machine) -> Result<Vec<Measured>, Problem> {
    candidates::of(machine)?
        .into_iter()
        .map(|Candidate(machine)| {
            let area = Area::of(&Generated::of(&machine)?, &machine);
            Ok(Measured { machine, area })
        })
        .collect()
}

/// What a board can carry of these machines. `sweeps` of an image are counted over replicas and blocks.
pub fn on_board(board: &'static Board, machines: &[Measured], sweeps: u64) -> BoardFit {
    let chip = Chip::of(board.flow);
    let choices: Vec<Choice> = machines
        .iter()
        .map(|measured| {
            let needs = measured.area.on(&chip);
            let speed = Speed::at(&measured.machine, board.machine_hz, sweeps);
            Choice {
                lanes: measured.machine.lanes(),
                fits: needs.block_rams as f64 <= chip.fullest_ram * chip.block_rams as f64
                    && needs.logic as f64 <= FULLEST * chip.logic as f64,
                logic: needs.logic,
                logic_available: chip.logic,
                block_rams: needs.block_rams,
                block_rams_available: chip.block_rams,
                clock_hz: board.machine_hz,
                updates_per_second: speed.updates_per_second,
                images_per_second: speed.image.map(|image| image.images_per_second),
                machine_hash: measured.machine.hash().to_string(),
            }
        })
        .collect();
    let value = |choice: &Choice| choice.images_per_second.unwrap_or(choice.updates_per_second);
    // Of equally fast ones the smallest: they come by lanes, and only a faster one takes the place.
    let best = (0..choices.len())
        .filter(|&c| choices[c].fits)
        .reduce(|best, c| if value(&choices[c]) > value(&choices[best]) { c } else { best });
    BoardFit { board: board.name, part: board.part, logic_unit: chip.logic_unit, choices, best }
}

/// The boards that are asked about: one, or all.
///
/// # Errors
/// When there is no board of that name.
pub fn boards(name: Option<&str>) -> Result<Vec<&'static Board>, Problem> {
    match name {
        Some(name) => Ok(vec![Board::find(name)?]),
        None => Ok(BOARDS.iter().collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::{boards, measure, on_board};
    use crate::examples;
    use spinwright_contract::Machine;

    #[test]
    fn the_digits_fit_where_they_were_placed_and_more_lanes_are_faster() {
        let machine = Machine::Layered(examples::machine(examples::DIGITS).unwrap());
        let machines = measure(&machine).unwrap();
        let fits: Vec<_> = boards(None).unwrap().into_iter().map(|b| on_board(b, &machines, 8)).collect();
        let fit = |name: &str| fits.iter().find(|fit| fit.board == name).unwrap();
        // Placed and routed on the HX8K with 4 lanes; a UP5K has not the cells.
        let four = |name: &str| fit(name).choices.iter().find(|choice| choice.lanes == 4).unwrap().clone();
        assert!(four("hx8k").fits && four("ulx3s_25f").fits && !four("icebreaker").fits);
        for fit in &fits {
            let faster = |pair: &[super::Choice]| pair[1].updates_per_second >= pair[0].updates_per_second;
            assert!(fit.choices.windows(2).all(faster), "{}", fit.board);
            assert!(fit.choices.windows(2).all(|pair| pair[1].logic >= pair[0].logic), "{}", fit.board);
            let best = fit.best.map(|best| &fit.choices[best]);
            assert!(best.is_none_or(|best| best.fits && best.images_per_second.is_some()));
        }
        let lanes = |name: &str| fit(name).best.map(|best| fit(name).choices[best].lanes);
        assert!(lanes("ulx3s_85f") > lanes("hx8k"));
    }
}
