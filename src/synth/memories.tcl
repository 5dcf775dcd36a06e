# Writes where the block RAMs of a routed design hold the machine's parameter memories, for updatemem (AMD UG1580).
# Written by spinwright synth; changes will be lost.

# Bits that a memory's cell holds: first and last address, first and last bit, type and place for the map.
proc spinwright_piece {cell} {
    set bounds {}
    foreach what {addr_begin addr_end slice_begin slice_end} {
        # Vivado's synthesis notes them at every cell that it makes from an array; the names changed with its versions.
        set value [get_property bram_$what $cell]
        if {$value eq ""} { set value [get_property ram_$what $cell] }
        if {![string is integer -strict $value]} { error "$cell: Vivado does not say its $what" }
        lappend bounds $value
    }
    set place [get_property LOC $cell]
    if {![regexp {^RAMB(36|18)_(X[0-9]+Y[0-9]+)$} $place -> kind site]} { error "$cell is not placed in a block RAM: $place" }
    # The lines of data and of parity that hold bits, such as p4_d32.
    set parity 0
    regexp {^p([0-9]+)_d[0-9]+$} [get_property MEM.PORTA.DATA_BIT_LAYOUT $cell] -> parity
    lappend bounds [expr {$kind == 36 ? "RAMB32" : "RAMB16"}] $site $parity
}

# MEMORIES: list of {instance path, words, bits} below the design's top.
proc spinwright_mmi {file part memories} {
    set lines {}
    foreach memory $memories {
        lassign $memory path depth width
        set pieces {}
        set held 0
        foreach cell [get_cells -hierarchical -filter "REF_NAME =~ RAMB* && NAME =~ ${path}_reg*"] {
            lassign [set piece [spinwright_piece $cell]] first last low high
            incr held [expr {($last - $first + 1) * ($high - $low + 1)}]
            lappend pieces $piece
        }
        if {$held < $depth * $width} {
            error "$path: $held of its [expr {$depth * $width}] bits are in block RAM; is memories.xdc in the project?"
        }
        # One block per range of addresses, the bits of each from the highest on.
        array unset blocks
        foreach piece $pieces { lappend blocks([lindex $piece 0]) $piece }
        set bytes [expr {($width + 7) / 8}]
        lappend lines "  <Processor Endianness=\"Little\" InstPath=\"$path\">"
        lappend lines "    <AddressSpace Name=\"$path\" Begin=\"0\" End=\"[expr {$depth * $bytes - 1}]\">"
        foreach start [lsort -integer [array names blocks]] {
            lappend lines "      <BusBlock>"
            foreach piece [lsort -integer -decreasing -index 3 $blocks($start)] {
                lassign $piece first last low high kind site parity
                lappend lines "        <BitLane MemType=\"$kind\" Placement=\"$site\">"
                lappend lines "          <DataWidth MSB=\"$high\" LSB=\"$low\"/>"
                lappend lines "          <AddressRange Begin=\"$first\" End=\"$last\"/>"
                lappend lines "          <Parity ON=\"[expr {$parity > 0 ? "true" : "false"}]\" NumBits=\"$parity\"/>"
                lappend lines "        </BitLane>"
            }
            lappend lines "      </BusBlock>"
        }
        lappend lines "    </AddressSpace>" "  </Processor>"
    }
    set out [open $file w]
    puts $out "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<MemInfo Version=\"1\" Minor=\"0\">"
    puts $out [join $lines "\n"]
    puts $out "  <Config>\n    <Option Name=\"Part\" Val=\"$part\"/>\n  </Config>\n</MemInfo>"
    close $out
}

