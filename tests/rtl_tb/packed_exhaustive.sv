// Every weight and operand of one packed_multiply against plain products.
//
// The bits of a counter are the operand and the weights; the products of clock n are those of
// counter n - 4.  A weight at the end that narrow range leaves out is replaced by the other end.
module packed_exhaustive #(
  parameter integer LANES = 2,
  parameter integer WEIGHT_BITS = 8,
  parameter integer OPERAND_BITS = 8,
  parameter integer OPERAND_SIGNED = 1,
  parameter integer PRODUCT_BITS = 15
) (
  input  logic        clk_i,
  output logic [31:0] checked_o,
  output logic [31:0] wrong_o
);
  localparam integer CASE_BITS = OPERAND_BITS + LANES * WEIGHT_BITS;
  localparam logic [WEIGHT_BITS-1:0] END = 1 << (WEIGHT_BITS - 1);

  function automatic logic [LANES*WEIGHT_BITS-1:0] narrow(input logic [CASE_BITS-1:0] number);
    for (int i = 0; i < LANES; i++) begin
      narrow[i*WEIGHT_BITS +: WEIGHT_BITS] = number[OPERAND_BITS+i*WEIGHT_BITS +: WEIGHT_BITS];
      if (narrow[i*WEIGHT_BITS +: WEIGHT_BITS] == END) begin
        narrow[i*WEIGHT_BITS +: WEIGHT_BITS] = END + 1'b1;
      end
    end
  endfunction

  logic [31:0] number_q = 0;
  logic [LANES*PRODUCT_BITS-1:0] product;
  packed_multiply #(
    .LANES(LANES), .WEIGHT_BITS(WEIGHT_BITS), .OPERAND_BITS(OPERAND_BITS),
    .OPERAND_SIGNED(OPERAND_SIGNED), .PRODUCT_BITS(PRODUCT_BITS)
  ) u_packed (
    .clk_i, .weight_i(narrow(number_q[CASE_BITS-1:0])), .operand_i(number_q[OPERAND_BITS-1:0]),
    .product_o(product)
  );

  logic [31:0] case_then;
  logic [LANES*WEIGHT_BITS-1:0] weight;
  logic signed [31:0] operand;
  logic wrong;
  always_comb begin
    case_then = number_q - 4;
    weight = narrow(case_then[CASE_BITS-1:0]);
    operand = OPERAND_SIGNED != 0 ? 32'($signed(case_then[OPERAND_BITS-1:0])) : 32'(case_then[OPERAND_BITS-1:0]);
    wrong = 1'b0;
    for (int i = 0; i < LANES; i++) begin
      if (32'($signed(product[i*PRODUCT_BITS +: PRODUCT_BITS]))
          != 32'($signed(weight[i*WEIGHT_BITS +: WEIGHT_BITS])) * operand) wrong = 1'b1;
    end
  end

  initial begin
    checked_o = 0;
    wrong_o = 0;
  end
  always_ff @(posedge clk_i) begin
    number_q <= number_q + 1;
    if (number_q >= 4 && case_then < (1 << CASE_BITS)) begin
      checked_o <= checked_o + 1;
      if (wrong) wrong_o <= wrong_o + 1;
    end
  end
endmodule
