// SPDX-License-Identifier: MIT OR Apache-2.0
// Fast harness: drives the core's register bus directly.
#include "harness.h"

struct Access {
    bool finished;
    uint8_t status;
    uint32_t data;
};

// One access, with the strobe held until the clock in which bus_ready was seen, as the host bridge does.
static Access access(Device& device, bool write, uint16_t address, uint32_t data) {
    Access result{false, 0, 0};
    MODEL& m = *device.model;
    m.bus_write = write;
    m.bus_read = !write;
    m.bus_address = address;
    m.bus_write_data = data;
    for (int i = 0; i < 100000 && !result.finished; ++i) {
        device.tick([&] {
            if (m.bus_ready) result = Access{true, uint8_t(m.bus_status), uint32_t(m.bus_read_data)};
        });
    }
    m.bus_write = 0;
    m.bus_read = 0;
    device.tick();
    return result;
}

// Status byte in the records: the bus's, or 255 when it never answered.
static uint8_t status_of(const Access& a) { return a.finished ? a.status : 255; }

int main(int argc, char** argv) {
    static Output out;
    static Input in(out);
    Device device(argc, argv, out);
    device.model->clock = 0;
    device.model->bus_write = 0;
    device.model->bus_read = 0;
    device.model->bus_address = 0;
    device.model->bus_write_data = 0;
    SILENCE_SIDE_INPUTS(*device.model);
    device.reset(4);
    uint8_t command = 0;
    while (in.u8(command)) {
        switch (command) {
            case 'W': {
                uint16_t address = uint16_t(in.number(2));
                Access a = access(device, true, address, in.number(4));
                out.u8('w');
                out.u8(status_of(a));
                break;
            }
            case 'R': {
                Access a = access(device, false, uint16_t(in.number(2)), 0);
                out.u8('r');
                out.u8(status_of(a));
                out.u32(a.data);
                break;
            }
            case 'P': {  // read until (data & mask) == value
                uint16_t address = uint16_t(in.number(2));
                uint32_t mask = in.number(4), value = in.number(4), interval = in.number(4), polls = in.number(4);
                Access a{false, 0, 0};
                bool reached = false;
                for (uint32_t i = 0; i < polls && !reached; ++i) {
                    a = access(device, false, address, 0);
                    if (!a.finished || a.status != 0) break;
                    reached = (a.data & mask) == value;
                    for (uint32_t k = 0; k < interval && !reached; ++k) device.tick();
                }
                out.u8('p');
                out.u8(reached ? 1 : 0);
                out.u32(a.data);
                break;
            }
            default:
                if (!common_command(command, in, out, device)) return 5;
        }
    }
    out.flush();
    return 0;
}
