//! A Vivado project as a script, for those who have Vivado: sources, pins, synthesis to bitstream, reports.

use crate::boards::Board;
use spinwright_contract::ValidConfig;
use spinwright_hdl::machine::ParameterMemories;

/// Name of the script.
pub const SCRIPT: &str = "vivado.tcl";
/// The script that writes the memory map, and the constraints that keep parameter memories in block RAM.
pub const MEMORIES: &str = "memories.tcl";
/// See [`MEMORIES`].
pub const BLOCK_RAM: &str = "memories.xdc";

/// Instance path of a parameter memory below the board's top, as Vivado writes it.
pub fn instance_path(path: &str) -> String {
    format!("machine/{}", path.replace('.', "/"))
}

/// Contents of [`MEMORIES`] and [`BLOCK_RAM`].
pub fn memory_map(board: &Board, machine: &ValidConfig) -> (String, String) {
    let memories = ParameterMemories::of(machine).memories;
    let list: String = memories
        .iter()
        .map(|m| format!("  {{{} {} {}}}\n", instance_path(&m.path), m.depth, m.width))
        .collect();
    let map =
        format!("{}spinwright_mmi design.mmi {} {{\n{list}}}\n", include_str!("memories.tcl"), board.part);
    let constraint = |path: String| format!("set_property RAM_STYLE BLOCK [get_cells {{{path}_reg}}]\n");
    let constraints = memories.iter().map(|m| constraint(instance_path(&m.path))).collect();
    (map, constraints)
}

/// `vivado -mode batch -source vivado.tcl` in the folder makes `vivado/` with the bitstream and the reports of area and timing.
/// With `patchable` also the map of the parameter memories.
pub fn script(board: &Board, top: &str, files: &[String], patchable: bool) -> String {
    let sources: String = files.iter().map(|file| format!("  {file} \\\n")).collect();
    let (constraints, map) = if patchable {
        (
            format!(
                "add_files -fileset constrs_1 -norecurse {BLOCK_RAM}\n\
                 set_property used_in_implementation false [get_files {BLOCK_RAM}]\n"
            ),
            format!("source {MEMORIES}\n"),
        )
    } else {
        Default::default()
    };
    format!(
        "# {title}: {top}. Run in this folder: vivado -mode batch -source {SCRIPT}\n\
         # Written by spinwright synth; changes will be lost.\n\
         set folder [file dirname [file normalize [info script]]]\n\
         cd $folder\n\
         create_project -force {top} vivado -part {part}\n\
         add_files -norecurse [list \\\n{sources}]\n\
         add_files -fileset constrs_1 -norecurse {pins}\n\
         {constraints}\
         set_property top {top} [current_fileset]\n\
         set_property verilog_define SYNTHESIS [current_fileset]\n\
         update_compile_order -fileset sources_1\n\
         launch_runs synth_1 -jobs 2\n\
         wait_on_run synth_1\n\
         if {{[get_property PROGRESS [get_runs synth_1]] != \"100%\"}} {{ error \"synthesis failed\" }}\n\
         launch_runs impl_1 -to_step write_bitstream -jobs 2\n\
         wait_on_run impl_1\n\
         if {{[get_property PROGRESS [get_runs impl_1]] != \"100%\"}} {{ error \"implementation failed\" }}\n\
         open_run impl_1\n\
         report_utilization -hierarchical -file vivado/utilization.txt\n\
         report_timing_summary -file vivado/timing.txt\n\
         file copy -force vivado/{top}.runs/impl_1/{top}.bit design.bit\n\
         {map}\
         if {{[get_property STATS.WNS [get_runs impl_1]] < 0}} {{ error \"the clock plan is not met: see vivado/timing.txt\" }}\n",
        title = board.title,
        part = board.part,
        pins = board.pin_file,
    )
}
