// SPDX-License-Identifier: Apache-2.0
// How the top starts its processes: plain calls in synthesis and in untimed C simulation.
//
// With SR_TIMED each call runs in its own thread, the streams are as deep as planned and count clocks.
#ifndef SR_PROCESS_H
#define SR_PROCESS_H

#ifdef SR_TIMED
#include "process_timed.h"
#else
#define SR_REGION
#define SR_DEPTH(stream, depth)
#define SR_PROCESS(...) __VA_ARGS__
#endif

#endif
