// SPDX-License-Identifier: MIT OR Apache-2.0
// Common part of both harnesses: the clock, the observation stream, command input and record output.
//
// "ports.h" is written by the Rust side for one machine: the model's class, its sizes, and accessors for the per-lane ports.
// Commands come in on stdin, records go out on stdout, both binary and little-endian; sim/src/verilator/records.rs decodes
// them. Every value is taken just before a rising clock edge, as a synchronous observer would.
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "ports.h"
#include "verilated.h"
#if VM_TRACE
#include "verilated_fst_c.h"
#endif

class Output {
public:
    void u8(uint8_t v) {
        if (used_ + 1 > sizeof buffer_) flush();
        buffer_[used_++] = v;
    }
    void u16(uint16_t v) { little(v, 2); }
    void u32(uint32_t v) { little(v, 4); }
    // Arrays go out as they lie in memory: this host is little-endian, as every one that Verilator's 64-bit models run on.
    void bytes(const void* from, size_t count) {
        const uint8_t* at = static_cast<const uint8_t*>(from);
        while (count > 0) {
            if (used_ == sizeof buffer_) flush();
            size_t part = count < sizeof buffer_ - used_ ? count : sizeof buffer_ - used_;
            memcpy(buffer_ + used_, at, part);
            used_ += part;
            at += part;
            count -= part;
        }
    }
    void flush() {
        if (used_ && fwrite(buffer_, 1, used_, stdout) != used_) exit(3);  // the reader is gone
        used_ = 0;
        fflush(stdout);
    }

private:
    void little(uint32_t v, int bytes) {
        for (int i = 0; i < bytes; ++i) u8(uint8_t(v >> (8 * i)));
    }
    uint8_t buffer_[1 << 16];
    size_t used_ = 0;
};

class Input {
public:
    explicit Input(Output& out) : out_(out) {}
    // False at the end of the commands.
    bool u8(uint8_t& v) {
        if (at_ == have_) {
            out_.flush();  // the Rust side may be waiting for this before it sends more
            have_ = read_some();
            at_ = 0;
            if (have_ == 0) return false;
        }
        v = buffer_[at_++];
        return true;
    }
    uint32_t number(int bytes) {
        uint32_t v = 0;
        for (int i = 0; i < bytes; ++i) {
            uint8_t b = 0;
            if (!u8(b)) exit(4);  // cut off inside a command
            v |= uint32_t(b) << (8 * i);
        }
        return v;
    }

private:
    size_t read_some();
    Output& out_;
    uint8_t buffer_[1 << 14];
    size_t at_ = 0, have_ = 0;
};

#include <unistd.h>
inline size_t Input::read_some() {
    ssize_t n = ::read(0, buffer_, sizeof buffer_);
    return n > 0 ? size_t(n) : 0;
}

// The model under test with its clock and its observers.
class Device {
public:
    Device(int argc, char** argv, Output& out) : out_(out) {
        Verilated::commandArgs(argc, argv);
        model = std::make_unique<MODEL>();
#if VM_TRACE
        // Arguments: FST file, first clock, last clock of the window.
        if (argc == 4) {
            Verilated::traceEverOn(true);
            fst_ = std::make_unique<VerilatedFstC>();
            model->trace(fst_.get(), 99);
            fst_file_ = argv[1];
            fst_first_ = strtoull(argv[2], nullptr, 10);
            fst_last_ = strtoull(argv[3], nullptr, 10);
        }
#else
        (void)argc;
#endif
    }

    ~Device() {
#if VM_TRACE
        if (fst_ && fst_open_) fst_->close();
#endif
        model->final();
    }

    // Settles the inputs, lets `before_edge` look at the outputs, then gives one rising edge.
    template <typename F>
    void tick(F before_edge) {
        model->clock = 0;
        model->eval();
        dump(0);
        before_edge();
        observe();
        model->clock = 1;
        model->eval();
        dump(1);
        ++cycle;
    }
    void tick() {
        tick([] {});
    }

    void reset(uint32_t clocks) {
        model->reset = 1;
        for (uint32_t i = 0; i < clocks; ++i) tick();
        model->reset = 0;
    }

    // Ascending with block, sweep within the block, slot within the block.
    static uint64_t place(uint64_t block, uint64_t sweep, uint64_t slot) { return block << 56 | sweep << 16 | slot; }

    uint64_t cycle = 0;
    uint64_t seen = 0;  // block, sweep and slot of the latest update in this run, as one ascending number
    std::unique_ptr<MODEL> model;

private:
    void observe() {
#if OBSERVED
        if (model->observe_valid) {
            seen = place(UPDATE_BLOCK(*model), model->observe_sweep, model->observe_slot);
            out_.u8('U');
            out_.u32(uint32_t(cycle));
            out_.u8(uint8_t((model->observe_start ? 1 : 0) | (model->observe_retained ? 2 : 0)));
            out_.u8(uint8_t(UPDATE_BLOCK(*model)));
            out_.u32(model->observe_sweep);
            out_.u16(uint16_t(model->observe_slot));
            out_.u16(uint16_t(model->observe_replica));
            static uint32_t spins[(LANES + 31) / 32], draws[LANES];  // spins stay 0 where they come in words
            static int16_t fields[LANES];
            take_spins(*model, spins);
            take_fields(*model, fields);
            take_draws(*model, draws);
            out_.bytes(spins, sizeof spins);
            out_.bytes(fields, sizeof fields);
            out_.bytes(draws, sizeof draws);
        }
        stored_sums(*model, [this](uint32_t lane, uint32_t slot, int32_t sum) {
            out_.u8('B');
            out_.u32(uint32_t(cycle));
            out_.u16(uint16_t(lane));
            out_.u16(uint16_t(slot));
            out_.u32(uint32_t(sum));
        });
        words(*model, [this](uint32_t lane, uint32_t slot, uint64_t spins) {
            out_.u8('D');
            out_.u32(uint32_t(cycle));
            out_.u16(uint16_t(lane));
            out_.u16(uint16_t(slot));
            out_.u32(uint32_t(spins));
            out_.u32(uint32_t(spins >> 32));
        });
        energies(*model, [this](uint32_t replica, int32_t energy) {
            out_.u8('G');
            out_.u32(uint32_t(cycle));
            out_.u16(uint16_t(replica));
            out_.u32(uint32_t(energy));
        });
        exchanges(*model, [this](uint32_t place, uint32_t lower, uint32_t upper, bool made) {
            out_.u8('X');
            out_.u32(uint32_t(cycle));
            out_.u16(uint16_t(place));
            out_.u16(uint16_t(lower));
            out_.u16(uint16_t(upper));
            out_.u8(made);
        });
        if (SUM_VALID(*model)) {
            out_.u8('A');
            out_.u32(uint32_t(cycle));
            out_.u32(SUM_SWEEP(*model));
            out_.u16(uint16_t(SUM_SLOT(*model)));
            out_.u16(uint16_t(SUM_REPLICA(*model)));
            static int32_t sums[LANES];
            take_sums(*model, sums);
            out_.bytes(sums, sizeof sums);
        }
        if (ENCODED_VALID(*model)) {
            out_.u8('E');
            out_.u32(uint32_t(cycle));
            out_.u16(uint16_t(ENCODED_SLOT(*model)));
            out_.u32(uint32_t(ENCODED_SPINS(*model)));
        }
        if (model->observe_swap) {
            out_.u8('S');
            out_.u32(uint32_t(cycle));
        }
#endif
    }

    void dump(int phase) {
#if VM_TRACE
        if (!fst_ || cycle < fst_first_ || cycle > fst_last_) return;
        if (!fst_open_) {
            fst_->open(fst_file_);
            fst_open_ = true;
        }
        fst_->dump(2 * cycle + uint64_t(phase));
#else
        (void)phase;
#endif
    }

    Output& out_;
#if VM_TRACE
    std::unique_ptr<VerilatedFstC> fst_;
    const char* fst_file_ = nullptr;
    uint64_t fst_first_ = 0, fst_last_ = 0;
    bool fst_open_ = false;
#endif
};

// Commands that both harnesses know. True when `command` was one of them.
inline bool common_command(uint8_t command, Input& in, Output& out, Device& device) {
    switch (command) {
        case 'C': {  // clocks
            uint32_t n = in.number(4);
            for (uint32_t i = 0; i < n; ++i) device.tick();
            out.u8('k');
            return true;
        }
        case 'Z': {  // reset
            device.reset(in.number(4));
            out.u8('k');
            return true;
        }
        case 'O': {  // until an update of this block, sweep and slot, or a later one, was seen
            uint32_t block = in.number(1), sweep = in.number(4), slot = in.number(2), limit = in.number(4);
            uint64_t wanted = Device::place(block, sweep, slot);
            for (uint32_t i = 0; i < limit && device.seen < wanted; ++i) device.tick();
            out.u8('o');
            out.u8(device.seen >= wanted ? 1 : 0);
            return true;
        }
        case 'N': {  // a new run: forget the last run's sweeps
            device.seen = 0;
            out.u8('k');
            return true;
        }
        case 'Y': {  // which clock is it
            out.u8('y');
            out.u32(uint32_t(device.cycle));
            out.u32(uint32_t(device.cycle >> 32));
            return true;
        }
        default:
            return false;
    }
}
