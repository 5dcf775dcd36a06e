// SPDX-License-Identifier: MIT OR Apache-2.0
// Host harness: a UART at bit level on the device's two pins, with the exact baud rate (not the device's divider).
#include <deque>

#include "harness.h"

// A bit lasts CLOCK_HZ / BAUD clocks, kept exactly: every clock adds BAUD, a bit is over when CLOCK_HZ is reached.
class Uart {
public:
    explicit Uart(Device& device) : device_(device) { device_.model->uart_rx = 1; }

    void send(uint8_t byte, bool stop_bit = true) {
        // start bit, eight data bits, stop bit; bit 0 travels first
        to_send_.push_back(uint16_t((uint16_t(byte) << 1) | (stop_bit ? 0x200 : 0)));
    }
    bool sending() const { return bits_left_ > 0 || !to_send_.empty(); }

    void tick() {
        drive();
        device_.tick([this] { sample(); });
    }

    std::deque<uint8_t> received;
    uint64_t silent = 0;  // clocks since the last received character ended

private:
    void drive() {
        if (bits_left_ == 0 && !to_send_.empty()) {
            shift_ = to_send_.front();
            to_send_.pop_front();
            bits_left_ = 10;
            drive_phase_ = 0;
        }
        device_.model->uart_rx = bits_left_ ? (shift_ & 1) : 1;
        if (bits_left_) {
            drive_phase_ += BAUD;
            if (drive_phase_ >= CLOCK_HZ) {
                drive_phase_ -= CLOCK_HZ;
                shift_ >>= 1;
                --bits_left_;
            }
        }
    }

    void sample() {
        bool line = device_.model->uart_tx;
        ++silent;
        if (bit_ < 0) {
            if (!line) {  // start bit: the first sample comes half a bit later
                bit_ = 0;
                sample_phase_ = CLOCK_HZ / 2;
                byte_ = 0;
            }
            return;
        }
        silent = 0;
        sample_phase_ += BAUD;
        if (sample_phase_ < CLOCK_HZ) return;
        sample_phase_ -= CLOCK_HZ;
        if (bit_ == 0) {
            if (line) bit_ = -2;  // a glitch, not a start bit
        } else if (bit_ <= 8) {
            byte_ |= uint8_t(line) << (bit_ - 1);
        } else {
            if (line) received.push_back(byte_);
            bit_ = -2;
        }
        ++bit_;
    }

    Device& device_;
    std::deque<uint16_t> to_send_;
    uint16_t shift_ = 0;
    int bits_left_ = 0;
    uint64_t drive_phase_ = 0, sample_phase_ = 0;
    int bit_ = -1;
    uint8_t byte_ = 0;
};

static uint64_t clocks_of(uint32_t characters) { return uint64_t(characters) * 10 * CLOCK_HZ / BAUD; }

int main(int argc, char** argv) {
    static Output out;
    static Input in(out);
    Device device(argc, argv, out);
    Uart uart(device);
    device.reset(4);
    uint8_t command = 0;
    while (in.u8(command)) {
        switch (command) {
            case 'B': {  // send bytes
                uint32_t n = in.number(2);
                for (uint32_t i = 0; i < n; ++i) uart.send(uint8_t(in.number(1)));
                while (uart.sending()) uart.tick();
                out.u8('k');
                break;
            }
            case 'F': {  // send one character without a stop bit, then let the line rest
                uart.send(uint8_t(in.number(1)), false);
                while (uart.sending()) uart.tick();
                out.u8('k');
                break;
            }
            case 'V': {  // receive n bytes, or as many as came before so many character times of silence
                uint32_t n = in.number(2);
                uint64_t limit = clocks_of(in.number(4));
                uart.silent = 0;
                while (uart.received.size() < n && uart.silent < limit) uart.tick();
                uint32_t have = uint32_t(uart.received.size() < n ? uart.received.size() : n);
                out.u8('v');
                out.u16(uint16_t(have));
                for (uint32_t i = 0; i < have; ++i) {
                    out.u8(uart.received.front());
                    uart.received.pop_front();
                }
                break;
            }
            case 'D': {  // wait, then forget what came
                uint64_t clocks = clocks_of(in.number(4));
                for (uint64_t i = 0; i < clocks; ++i) uart.tick();
                uart.received.clear();
                out.u8('k');
                break;
            }
            default:
                if (!common_command(command, in, out, device)) return 5;
        }
    }
    out.flush();
    return 0;
}
