# Arty A7-100T (XC7A100TCSG324-1): pins of <name>_board.
# The 100 MHz oscillator, the FT2232H's second channel as UART, LED LD4 (lit when high) and the button BTN0 (high when pressed).
set_property -dict { PACKAGE_PIN E3 IOSTANDARD LVCMOS33 } [get_ports { clock }]
create_clock -name oscillator -period 10.000 [get_ports { clock }]
set_property -dict { PACKAGE_PIN A9 IOSTANDARD LVCMOS33 } [get_ports { uart_rx }]
set_property -dict { PACKAGE_PIN D10 IOSTANDARD LVCMOS33 } [get_ports { uart_tx }]
set_property -dict { PACKAGE_PIN H5 IOSTANDARD LVCMOS33 } [get_ports { busy }]
set_property -dict { PACKAGE_PIN D9 IOSTANDARD LVCMOS33 } [get_ports { button }]
set_false_path -from [get_ports { uart_rx button }]
set_false_path -to [get_ports { uart_tx busy }]
set_property CFGBVS VCCO [current_design]
set_property CONFIG_VOLTAGE 3.3 [current_design]
