//! A cell's ports by name, without reflection.

use crate::width::Bus;
use rust_hdl_core::prelude::*;

/// A port as the simulators see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Port {
    /// Name in our Verilog.
    pub name: String,
    /// Name in stock Verilog, where array elements are joined by `$`.
    pub stock_name: String,
    /// Width in bits.
    pub width: usize,
}

/// A block whose ports a cross-check can drive and read; implemented by [`crate::cell_ports!`].
pub trait CellPorts: Block {
    /// Inputs other than the clock.
    fn inputs(&self) -> Vec<Port>;
    /// Outputs.
    fn outputs(&self) -> Vec<Port>;
    /// Applies one value per input; values are bit patterns.
    fn drive(&mut self, values: &[u64]);
    /// Bit patterns of the outputs.
    fn read(&self) -> Vec<u64>;
    /// The clock, if the cell has one.
    fn clock(&mut self) -> Option<&mut Signal<In, Clock>>;
    /// Name of the clock port, if the cell has one.
    fn clock_name(&self) -> Option<&'static str>;
}

/// A field, or array of fields, that can be an input of a [`CellPorts`].
pub trait DrivePort {
    /// Appends the ports of the field called `name`.
    fn ports(&self, name: &Port, out: &mut Vec<Port>);
    /// Takes as many values as it has ports.
    fn drive(&mut self, values: &mut dyn Iterator<Item = u64>);
}

/// A field, or array of fields, that can be an output of a [`CellPorts`].
pub trait ReadPort {
    /// Appends the ports of the field called `name`.
    fn ports(&self, name: &Port, out: &mut Vec<Port>);
    /// Appends the values.
    fn read(&self, out: &mut Vec<u64>);
}

impl Port {
    /// A name without width, to be completed by the field.
    pub fn named(name: &str) -> Self {
        Port { name: name.into(), stock_name: name.into(), width: 0 }
    }

    fn element(&self, index: usize) -> Self {
        Port {
            name: format!("{}_{index}", self.name),
            stock_name: format!("{}${index}", self.stock_name),
            width: 0,
        }
    }

    fn wide(&self, width: usize) -> Self {
        Port { width, ..self.clone() }
    }
}

fn next(values: &mut dyn Iterator<Item = u64>) -> u64 {
    values.next().expect("as many stimuli as inputs")
}

impl DrivePort for Bus<In> {
    fn ports(&self, name: &Port, out: &mut Vec<Port>) {
        out.push(name.wide(self.width()));
    }
    fn drive(&mut self, values: &mut dyn Iterator<Item = u64>) {
        self.set_raw(next(values));
    }
}

impl DrivePort for Signal<In, Bit> {
    fn ports(&self, name: &Port, out: &mut Vec<Port>) {
        out.push(name.wide(1));
    }
    fn drive(&mut self, values: &mut dyn Iterator<Item = u64>) {
        self.next = next(values) & 1 == 1;
    }
}

impl<const N: usize> DrivePort for Signal<In, Bits<N>> {
    fn ports(&self, name: &Port, out: &mut Vec<Port>) {
        out.push(name.wide(N));
    }
    fn drive(&mut self, values: &mut dyn Iterator<Item = u64>) {
        self.next = Bits::<N>::from(next(values));
    }
}

impl<T: DrivePort> DrivePort for Vec<T> {
    fn ports(&self, name: &Port, out: &mut Vec<Port>) {
        self.iter().enumerate().for_each(|(i, element)| element.ports(&name.element(i), out));
    }
    fn drive(&mut self, values: &mut dyn Iterator<Item = u64>) {
        self.iter_mut().for_each(|element| element.drive(values));
    }
}

impl ReadPort for Bus<Out> {
    fn ports(&self, name: &Port, out: &mut Vec<Port>) {
        out.push(name.wide(self.width()));
    }
    fn read(&self, out: &mut Vec<u64>) {
        out.push(self.val().raw());
    }
}

impl ReadPort for Signal<Out, Bit> {
    fn ports(&self, name: &Port, out: &mut Vec<Port>) {
        out.push(name.wide(1));
    }
    fn read(&self, out: &mut Vec<u64>) {
        out.push(self.val() as u64);
    }
}

impl<const N: usize> ReadPort for Signal<Out, Bits<N>> {
    fn ports(&self, name: &Port, out: &mut Vec<Port>) {
        out.push(name.wide(N));
    }
    fn read(&self, out: &mut Vec<u64>) {
        out.push(self.val().to_u64());
    }
}

impl<T: ReadPort> ReadPort for Vec<T> {
    fn ports(&self, name: &Port, out: &mut Vec<Port>) {
        self.iter().enumerate().for_each(|(i, element)| element.ports(&name.element(i), out));
    }
    fn read(&self, out: &mut Vec<u64>) {
        self.iter().for_each(|element| element.read(out));
    }
}

/// Implements [`CellPorts`](crate::crosscheck::CellPorts): `cell_ports!(Cell, clock, [inputs], [outputs])`, or
/// without the clock for a combinational cell. Vectors of ports are listed by their field.
#[macro_export]
macro_rules! cell_ports {
    ($cell:ty, [$($input:ident),* $(,)?], [$($output:ident),* $(,)?]) => {
        impl $crate::crosscheck::CellPorts for $cell {
            $crate::cell_ports!(@body [$($input),*] [$($output),*]);
            fn clock(
                &mut self,
            ) -> Option<&mut rust_hdl_core::prelude::Signal<
                rust_hdl_core::prelude::In,
                rust_hdl_core::prelude::Clock,
            >> {
                None
            }
            fn clock_name(&self) -> Option<&'static str> {
                None
            }
        }
    };
    ($cell:ty, $clock:ident, [$($input:ident),* $(,)?], [$($output:ident),* $(,)?]) => {
        impl $crate::crosscheck::CellPorts for $cell {
            $crate::cell_ports!(@body [$($input),*] [$($output),*]);
            fn clock(
                &mut self,
            ) -> Option<&mut rust_hdl_core::prelude::Signal<
                rust_hdl_core::prelude::In,
                rust_hdl_core::prelude::Clock,
            >> {
                Some(&mut self.$clock)
            }
            fn clock_name(&self) -> Option<&'static str> {
                Some(stringify!($clock))
            }
        }
    };
    (@body [$($input:ident),*] [$($output:ident),*]) => {
        fn inputs(&self) -> Vec<$crate::crosscheck::Port> {
            #[allow(unused_mut)]
            let mut ports = vec![];
            $($crate::crosscheck::DrivePort::ports(
                &self.$input,
                &$crate::crosscheck::Port::named(stringify!($input)),
                &mut ports,
            );)*
            ports
        }
        fn outputs(&self) -> Vec<$crate::crosscheck::Port> {
            #[allow(unused_mut)]
            let mut ports = vec![];
            $($crate::crosscheck::ReadPort::ports(
                &self.$output,
                &$crate::crosscheck::Port::named(stringify!($output)),
                &mut ports,
            );)*
            ports
        }
        fn drive(&mut self, values: &[u64]) {
            #[allow(unused_mut, unused_variables)]
            let mut values = values.iter().copied();
            $($crate::crosscheck::DrivePort::drive(&mut self.$input, &mut values);)*
        }
        fn read(&self) -> Vec<u64> {
            #[allow(unused_mut)]
            let mut values = vec![];
            $($crate::crosscheck::ReadPort::read(&self.$output, &mut values);)*
            values
        }
    };
}
