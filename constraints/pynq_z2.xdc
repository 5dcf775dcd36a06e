# PYNQ-Z2 (XC7Z020CLG400-1): pins of <name>_board, without the processor.
# The 125 MHz clock of the Ethernet PHY, Pmod A's pins 1 (out of the FPGA) and 2 (into it) as UART, since the USB serial chip belongs to the
# processor, LED LD0 (lit when high) and the button BTN0 (high when pressed).
set_property -dict { PACKAGE_PIN H16 IOSTANDARD LVCMOS33 } [get_ports { clock }]
create_clock -name oscillator -period 8.000 [get_ports { clock }]
set_property -dict { PACKAGE_PIN Y19 IOSTANDARD LVCMOS33 PULLUP true } [get_ports { uart_rx }]
set_property -dict { PACKAGE_PIN Y18 IOSTANDARD LVCMOS33 } [get_ports { uart_tx }]
set_property -dict { PACKAGE_PIN R14 IOSTANDARD LVCMOS33 } [get_ports { busy }]
set_property -dict { PACKAGE_PIN D19 IOSTANDARD LVCMOS33 } [get_ports { button }]
set_false_path -from [get_ports { uart_rx button }]
set_false_path -to [get_ports { uart_tx busy }]
