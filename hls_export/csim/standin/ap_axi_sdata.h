// SPDX-License-Identifier: Apache-2.0
// Stand-in of ap_axi_sdata.h for C simulation: the beat of an AXI4-Stream with the side channels that video uses.
#ifndef SR_STANDIN_AP_AXI_SDATA_H
#define SR_STANDIN_AP_AXI_SDATA_H

#include "ap_int.h"

template <int DATA_BITS, int USER_BITS, int ID_BITS, int DEST_BITS>
struct ap_axiu {
  static_assert(DATA_BITS % 8 == 0 && USER_BITS == 1 && ID_BITS == 0 && DEST_BITS == 0, "video: whole bytes, one user bit");
  ap_uint<DATA_BITS> data;
  ap_uint<DATA_BITS / 8> keep;
  ap_uint<DATA_BITS / 8> strb;
  ap_uint<USER_BITS> user;
  ap_uint<1> last;
};

#endif
