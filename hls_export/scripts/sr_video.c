// SPDX-License-Identifier: Apache-2.0
// The order in which a program uses the registers of video_top (registers.md).
#include "sr_video_fields.h"

#define FAULTS                                                                                                              \
  (VIDEO_TOP__STATUS__SIZE_REFUSED_bm | VIDEO_TOP__STATUS__BEFORE_SOF_bm | VIDEO_TOP__STATUS__EARLY_SOF_bm |              \
   VIDEO_TOP__STATUS__EARLY_EOL_bm | VIDEO_TOP__STATUS__LATE_EOL_bm)

static const char network[] = "@hash@";

static uint32_t digit(char one) { return (uint32_t)(one <= '9' ? one - '0' : one - 'a' + 10); }

int sr_video_check(const sr_video *video) {
  if (sr_video_version_major(video) != 1) return SR_VIDEO_VERSION;
  for (uint32_t word = 0; word < 8; ++word) {
    uint32_t wanted = 0;
    for (uint32_t i = 0; i < 8; ++i) wanted = wanted << 4 | digit(network[8 * word + i]);
    if (SR_VIDEO_READ(video, VIDEO_TOP__NETWORK_HASH_0_offset + 4 * word) != wanted) return SR_VIDEO_NETWORK;
  }
  return SR_VIDEO_OK;
}

static int is_idle(const sr_video *video, uint32_t polls) {
  for (uint32_t i = 0; i < polls; ++i)
    if (!sr_video_status_busy(video)) return 1;
  return 0;
}

int sr_video_stop(const sr_video *video, uint32_t polls) {
  sr_video_control_enable_set(video, 0);
  return is_idle(video, polls) ? SR_VIDEO_OK : SR_VIDEO_BUSY;
}

int sr_video_start(const sr_video *video, uint32_t height, uint32_t width, uint32_t polls) {
  if (height == 0 || height > sr_video_max_size_rows(video)) return SR_VIDEO_SIZE;
  if (width == 0 || width > sr_video_max_size_columns(video)) return SR_VIDEO_SIZE;
  if (sr_video_stop(video, polls) != SR_VIDEO_OK) return SR_VIDEO_BUSY;
  sr_video_frame_height_rows_set(video, height);
  sr_video_frame_width_columns_set(video, width);
  sr_video_control_enable_set(video, 1);
  return SR_VIDEO_OK;
}

int sr_video_reset(const sr_video *video, uint32_t polls) {
  sr_video_control_enable_set(video, 0);
  sr_video_control_soft_reset_trigger(video);
  for (uint32_t i = 0; i < polls; ++i)
    if (!sr_video_control_soft_reset(video)) return SR_VIDEO_OK;
  return SR_VIDEO_BUSY;
}

void sr_video_interrupts(const sr_video *video, uint32_t frame_done, uint32_t fault) {
  sr_video_interrupt_enable_frame_done_set(video, frame_done);
  sr_video_interrupt_enable_fault_set(video, fault);
}

uint32_t sr_video_acknowledge(const sr_video *video, uint32_t *faults) {
  const uint32_t pending = SR_VIDEO_READ(video, VIDEO_TOP__INTERRUPT_PENDING_offset);
  SR_VIDEO_WRITE(video, VIDEO_TOP__INTERRUPT_PENDING_offset, pending);
  *faults = SR_VIDEO_READ(video, VIDEO_TOP__STATUS_offset) & FAULTS;
  SR_VIDEO_WRITE(video, VIDEO_TOP__STATUS_offset, *faults);
  return (pending & VIDEO_TOP__INTERRUPT_PENDING__FRAME_DONE_bm) != 0;
}
