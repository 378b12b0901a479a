// SPDX-License-Identifier: Apache-2.0
// Bare-metal driver of video_top, for network @hash@.  C99, no library; registers/registers.h has offsets and masks,
// sr_video_fields.h an accessor of every field.
#ifndef SR_VIDEO_H
#define SR_VIDEO_H

#include <stdint.h>

typedef struct {
  volatile uint32_t *base;  // where s_axi_control is mapped
} sr_video;

// How a register is reached: defined before this file where it is not by a pointer.
#ifndef SR_VIDEO_READ
#define SR_VIDEO_READ(video, offset) ((video)->base[(offset) / 4])
#define SR_VIDEO_WRITE(video, offset, value) ((void)((video)->base[(offset) / 4] = (value)))
#endif

enum {
  SR_VIDEO_OK = 0,
  SR_VIDEO_VERSION = -1,  // registers of another major version
  SR_VIDEO_NETWORK = -2,  // another network
  SR_VIDEO_SIZE = -3,     // a size of 0, or beyond max_size
  SR_VIDEO_BUSY = -4,     // no frame left within so many polls
};

// Whether it is this driver's core and the network of this export.
int sr_video_check(const sr_video *video);

// LR frames of this size from the next SOF on: lets the frame under way end, writes the size, enables.  SR_VIDEO_BUSY, and the enable
// left 0, where the frame does not end within `polls` readings of status.
int sr_video_start(const sr_video *video, uint32_t height, uint32_t width, uint32_t polls);

// No frame is let in any more; the one under way ends whole within `polls` readings, else SR_VIDEO_BUSY.
int sr_video_stop(const sr_video *video, uint32_t polls);

// As after aresetn, whatever was going on; frames inside are lost, registers and counters stay, and the enable is 0.
int sr_video_reset(const sr_video *video, uint32_t polls);

// Interrupts of frame_done and of faults.
void sr_video_interrupts(const sr_video *video, uint32_t frame_done, uint32_t fault);

// Reads what is pending and clears it; *faults: the bits of status, cleared as they were read.  Returns whether a frame is done.
uint32_t sr_video_acknowledge(const sr_video *video, uint32_t *faults);

#endif
