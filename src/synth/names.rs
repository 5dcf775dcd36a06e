//! From the names in a netlist to the machine's components: the instance tree of the generated Verilog.

use std::collections::BTreeMap;

/// Every instance of a design: path from the top, parts apart by dots, and the component it is.
#[derive(Debug, Clone, Default)]
pub struct Instances(BTreeMap<String, String>);

impl Instances {
    /// Reads the tree out of the generated files (name and text) below `top`. Components are modules without the prefix of the machine.
    pub fn of(files: &[(String, String)], top: &str, prefix: &str) -> Self {
        let names: Vec<&str> = files.iter().map(|(file, _)| file.trim_end_matches(".v")).collect();
        let children: BTreeMap<&str, Vec<(&str, &str)>> = files
            .iter()
            .map(|(file, text)| {
                let instance = |line: &'_ str| -> Option<(usize, usize)> {
                    let line = line.strip_prefix("  ")?.strip_suffix(" (")?;
                    let (module, _) = line.split_once(' ')?;
                    names.contains(&module).then_some((2, 2 + module.len()))
                };
                let found = text.lines().filter_map(|line| {
                    let (from, to) = instance(line)?;
                    Some((&line[from..to], line[to..].trim_end_matches('(').trim()))
                });
                (file.trim_end_matches(".v"), found.collect())
            })
            .collect();
        let mut tree = Self::default();
        tree.add(&children, top, "", prefix);
        tree
    }

    fn add(&mut self, children: &BTreeMap<&str, Vec<(&str, &str)>>, module: &str, path: &str, prefix: &str) {
        let component = module.strip_prefix(prefix).unwrap_or(module).to_owned();
        self.0.insert(path.to_owned(), component);
        for (child, instance) in children.get(module).into_iter().flatten() {
            let below = if path.is_empty() { (*instance).to_owned() } else { format!("{path}.{instance}") };
            self.add(children, child, &below, prefix);
        }
    }

    /// The innermost instance that a cell or net of the flattened netlist belongs to, and its component. Names that the tools invented
    /// belong to nobody.
    pub fn owner<'a>(&'a self, name: &'a str) -> Option<(&'a str, &'a str)> {
        if name.starts_with('$') {
            return None;
        }
        let mut end = name.len();
        loop {
            if let Some((path, component)) = self.0.get_key_value(&name[..end]) {
                return Some((path, component));
            }
            match name[..end].rfind('.') {
                Some(dot) => end = dot,
                None => {
                    return self
                        .0
                        .get_key_value("")
                        .map(|(path, component)| (path.as_str(), component.as_str()));
                }
            }
        }
    }

    /// Number of instances.
    #[cfg(test)]
    pub fn len(&self) -> usize {
        self.0.len()
    }
}

#[cfg(test)]
mod tests {
    use super::Instances;

    fn tree() -> Instances {
        let file = |name: &str, text: &str| (format!("{name}.v"), text.to_owned());
        let files = [
            file("m_board", "module m_board (\n  m_top machine (\n    .clock(clock)\n  );\n"),
            file("m_top", "module m_top (\n  m_lane lane_0 (\n  m_lane lane_1 (\n  wire x = (\n"),
            file("m_lane", "module m_lane (\n  m_ram_4x4 weights (\n"),
            file("m_ram_4x4", "module m_ram_4x4 (\n"),
        ];
        Instances::of(&files, "m_board", "m_")
    }

    #[test]
    fn cells_belong_to_the_innermost_instance() {
        let tree = tree();
        assert_eq!(tree.len(), 6);
        assert_eq!(tree.owner("machine.lane_1.weights.mem.0.0"), Some(("machine.lane_1.weights", "ram_4x4")));
        assert_eq!(tree.owner("machine.lane_0.sum_SB_LUT4_O"), Some(("machine.lane_0", "lane")));
        assert_eq!(tree.owner("settle_SB_DFF_Q"), Some(("", "board")));
        assert_eq!(tree.owner("$abc$17$lut"), None);
    }
}
