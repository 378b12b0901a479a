// SPDX-License-Identifier: Apache-2.0
// AXI4-Lite (ARM IHI 0022) to words that are written and read in one clock each.
//
//   write_o: word write_word_o takes the bytes of write_data_o that write_strobe_o marks
//   read_data_i = word read_word_o, in the same clock
//
// Address and data of a write come in either order, or together.  Every response is OKAY: what lies
// beside a register answers for itself.  Reading must change nothing.
//
// Latency: 2 clocks from the later of AW and W to B, 2 from AR to R.
// Throughput: a write in 2 clocks, a read in 2.
// Combinational: read_word_o to read_data_i outside; none from a port of the bus to another.
// Back-pressure: a response that is not taken holds the next access, write and read apart.
module axi_lite_slave #(
  parameter integer ADDRESS_BITS = 12
) (
  input  logic                    clk_i,
  input  logic                    rst_ni,

  input  logic                    s_axi_control_awvalid,
  output logic                    s_axi_control_awready,
  input  logic [ADDRESS_BITS-1:0] s_axi_control_awaddr,
  input  logic                    s_axi_control_wvalid,
  output logic                    s_axi_control_wready,
  input  logic [31:0]             s_axi_control_wdata,
  input  logic [3:0]              s_axi_control_wstrb,
  output logic                    s_axi_control_bvalid,
  input  logic                    s_axi_control_bready,
  output logic [1:0]              s_axi_control_bresp,
  input  logic                    s_axi_control_arvalid,
  output logic                    s_axi_control_arready,
  input  logic [ADDRESS_BITS-1:0] s_axi_control_araddr,
  output logic                    s_axi_control_rvalid,
  input  logic                    s_axi_control_rready,
  output logic [31:0]             s_axi_control_rdata,
  output logic [1:0]              s_axi_control_rresp,

  output logic                    write_o,
  output logic [ADDRESS_BITS-3:0] write_word_o,
  output logic [31:0]             write_data_o,
  output logic [3:0]              write_strobe_o,
  output logic [ADDRESS_BITS-3:0] read_word_o,
  input  logic [31:0]             read_data_i
);
  if (ADDRESS_BITS < 3 || ADDRESS_BITS > 32) begin : gen_out_of_bounds
`ifdef __ICARUS__  // version 11 has no elaboration tasks
    initial
`endif
    $error(
      "axi_lite_slave: ADDRESS_BITS %0d; allowed 3..32", ADDRESS_BITS
    );
  end

  logic awake_q;  // low in reset, when nothing may be taken
  logic address_q, data_q, asked_q;  // AW, W, AR hold an access
  logic b_valid_q, r_valid_q;
  logic answer;
  logic [ADDRESS_BITS-3:0] write_word_q, read_word_q;
  logic [31:0] write_data_q, read_data_q;
  logic [3:0] write_strobe_q;

  assign s_axi_control_awready = awake_q && !address_q;
  assign s_axi_control_wready = awake_q && !data_q;
  assign s_axi_control_arready = awake_q && !asked_q;
  assign write_o = address_q && data_q && (!b_valid_q || s_axi_control_bready);
  assign answer = asked_q && (!r_valid_q || s_axi_control_rready);

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      {awake_q, address_q, data_q, asked_q, b_valid_q, r_valid_q} <= '0;
    end else begin
      awake_q <= 1'b1;
      address_q <= address_q ? !write_o : s_axi_control_awready && s_axi_control_awvalid;
      data_q <= data_q ? !write_o : s_axi_control_wready && s_axi_control_wvalid;
      asked_q <= asked_q ? !answer : s_axi_control_arready && s_axi_control_arvalid;
      b_valid_q <= write_o || (b_valid_q && !s_axi_control_bready);
      r_valid_q <= answer || (r_valid_q && !s_axi_control_rready);
    end
  end

  always_ff @(posedge clk_i) begin
    if (!address_q) write_word_q <= s_axi_control_awaddr[ADDRESS_BITS-1:2];
    if (!data_q) {write_strobe_q, write_data_q} <= {s_axi_control_wstrb, s_axi_control_wdata};
    if (!asked_q) read_word_q <= s_axi_control_araddr[ADDRESS_BITS-1:2];
    if (answer) read_data_q <= read_data_i;
  end

  assign write_word_o = write_word_q;
  assign write_data_o = write_data_q;
  assign write_strobe_o = write_strobe_q;
  assign read_word_o = read_word_q;
  assign s_axi_control_bvalid = b_valid_q;
  assign s_axi_control_bresp = 2'b00;
  assign s_axi_control_rvalid = r_valid_q;
  assign s_axi_control_rdata = read_data_q;
  assign s_axi_control_rresp = 2'b00;

  logic unused_bytes;
  assign unused_bytes = ^{s_axi_control_awaddr[1:0], s_axi_control_araddr[1:0]};
endmodule
