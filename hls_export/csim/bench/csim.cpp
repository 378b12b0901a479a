// SPDX-License-Identifier: Apache-2.0
// C simulation of the exported top.
//
//   csim check VECTORS                    every frame of VECTORS, back to back, every layer compared with the golden integers
//   csim output VECTORS                   the same for the output alone, where the top is no C++ (co-simulation)
//   csim trace HEIGHT WIDTH IN OUT        one frame of bytes IN; OUT: every layer's integers as int32, in order, beat by beat
//   csim run HEIGHT WIDTH IN OUT          the same, OUT holds the output pixels alone as bytes; prints the seconds it took
//   csim count HEIGHT WIDTH               clocks and line buffer words of every process for one frame, as the processes count;
//                                         built with SR_TIMED also the depth that every stream needed and when it was written
//   csim stall WORDS HEIGHT WIDTH [SEED]  built with SR_TIMED: one frame of noise through processes that hold WORDS of each of
//                                         their streams in flight comes out as from processes that hold none; with SEED each
//                                         process holds a number of its own, up to WORDS
//   csim faults                           sources that break SOF and EOL: flagged, no hang, the next good frame is exact
#include <chrono>
#include <cstring>
#include <sstream>

#include "faults.h"
#include "files.h"
#include "layers.h"
#include "probe.h"
#include "video.h"

namespace {

using bench::fail;
using bench::Pixels;

void keep_beats(bool keep) {
  visit_inner_layers([keep](const char*, auto tag) { sr::recorder<typename decltype(tag)::type>().keeps_beats = keep; });
}

void clear_records() {
  visit_inner_layers([](const char*, auto tag) { sr::recorder<typename decltype(tag)::type>().clear(); });
}

Pixels run_frame(hls::stream<sr_video_in>& in, hls::stream<sr_video_out>& out, const std::string& name, int height, int width) {
  ap_uint<8> status = 0;
  clear_records();
  sr_top(in, out, height, width, status);
  if (status != 0) fail("frame '" + name + "': status " + std::to_string(static_cast<int>(status)) + "; needed 0");
  return bench::receive(out, name, height * sr_net::scale, width * sr_net::scale);
}

// What a layer emitted, without the pixels that the last word of a line has beyond the frame.
template <class Layer>
Pixels beats_of(int width) {
  const Pixels& beats = sr::recorder<Layer>().beats;
  const std::size_t own = static_cast<std::size_t>(width) * Layer::out_channels;
  const std::size_t line = static_cast<std::size_t>(bench::line_of(width)) * Layer::lr_pixels * Layer::out_channels;
  if (own == line || beats.size() % line != 0) return beats;
  Pixels kept;
  for (auto from = beats.begin(); from != beats.end(); from += static_cast<std::ptrdiff_t>(line))
    kept.insert(kept.end(), from, from + static_cast<std::ptrdiff_t>(own));
  return kept;
}

long long compare(const bench::Frame& frame, const bench::Tensor& tensor, const Pixels& expected, const Pixels& said, int width) {
  const std::string where = "frame '" + frame.name + "', layer '" + tensor.layer + "'";
  if (said.size() != expected.size())
    fail(where + ": " + std::to_string(said.size()) + " integers; needed " + std::to_string(expected.size()));
  long long mismatches = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    if (said[i] == expected[i]) continue;
    if (mismatches++ == 0) {
      const std::size_t beat = i / static_cast<std::size_t>(tensor.channels), w = static_cast<std::size_t>(width);
      std::printf("%s: first mismatch at channel %zu, row %zu, column %zu: golden %d, csim %d\n", where.c_str(),
                  i % static_cast<std::size_t>(tensor.channels), beat / w, beat % w, expected[i], said[i]);
    }
  }
  return mismatches;
}

const bench::Tensor& tensor_of(const bench::Frame& frame, const std::string& layer) {
  for (const bench::Tensor& tensor : frame.tensors)
    if (tensor.layer == layer) return tensor;
  fail("frame '" + frame.name + "': no tensor '" + layer + "' in vectors/index.txt");
}

void check_shape(const bench::Frame& frame, const bench::Tensor& tensor, int channels, int scale) {
  const long long beats = static_cast<long long>(frame.height) * scale * frame.width * scale;
  if (tensor.channels != channels || tensor.beats != beats)
    fail("frame '" + frame.name + "', layer '" + tensor.layer + "': " + std::to_string(tensor.beats) + " beats of " +
         std::to_string(tensor.channels) + " channels; needed " + std::to_string(beats) + " of " + std::to_string(channels));
}

struct Total {
  long long compared = 0, mismatches = 0;
};

void compare_frame(const std::string& folder, const bench::Frame& frame, const Pixels& output, bool has_taps, Total& total) {
  const auto one = [&](const char* layer, int channels, int scale, const Pixels& said) {
    const bench::Tensor& tensor = tensor_of(frame, layer);
    check_shape(frame, tensor, channels, scale);
    const Pixels expected = bench::load(folder, tensor);
    total.mismatches += compare(frame, tensor, expected, said, frame.width * scale);
    total.compared += static_cast<long long>(expected.size());
  };
  visit_inner_layers([&](const char* name, auto tag) {
    using Layer = typename decltype(tag)::type;
    if (has_taps) one(name, Layer::out_channels, 1, beats_of<Layer>(frame.width));
  });
  one(last_layer_name, 1, sr_net::scale, output);
}

int check(const std::string& folder, bool has_taps) {
  const bench::Index index = bench::read_index(folder);
  if (index.network_hash != sr_net::network_hash) fail("vectors are of network " + index.network_hash + ", the code of " + sr_net::network_hash);
  if (index.frames.size() < 2) fail("fewer than two frames; needed two, back to back");
  hls::stream<sr_video_in> in("s_axis_video");
  hls::stream<sr_video_out> out("m_axis_video");
  for (const bench::Frame& frame : index.frames) {
    const bench::Tensor& tensor = tensor_of(frame, "input");
    check_shape(frame, tensor, 1, 1);
    bench::send_frame(in, bench::load(folder, tensor), frame.width);
  }
  keep_beats(has_taps);
  Total total;
  for (const bench::Frame& frame : index.frames) {
    const Pixels output = run_frame(in, out, frame.name, frame.height, frame.width);
    compare_frame(folder, frame, output, has_taps, total);
  }
  if (!out.empty()) fail("beats left over after the last frame");
  std::printf("%zu frames back to back, %lld integers compared, %lld mismatches\n", index.frames.size(), total.compared, total.mismatches);
  return total.compared > 0 && total.mismatches == 0 ? 0 : 1;
}

int number(const char* text) {
  char* end = nullptr;
  const long value = std::strtol(text, &end, 10);
  if (*text == 0 || *end != 0 || value < 1 || value > 65535) fail(std::string("'") + text + "' is no size; allowed 1..65535");
  return static_cast<int>(value);
}

Pixels pixels_of(const std::string& path, int height, int width) {
  const std::string bytes = bench::read_file(path);
  if (bytes.size() != static_cast<std::size_t>(height) * static_cast<std::size_t>(width))
    fail(path + ": " + std::to_string(bytes.size()) + " bytes; needed " + std::to_string(height) + " x " + std::to_string(width));
  Pixels pixels;
  for (const char byte : bytes) pixels.push_back(static_cast<unsigned char>(byte));
  return pixels;
}

template <class T>
void append(std::ofstream& file, const Pixels& values) {
  std::vector<T> narrow(values.begin(), values.end());
  file.write(reinterpret_cast<const char*>(narrow.data()), static_cast<std::streamsize>(narrow.size() * sizeof(T)));
}

int run(int height, int width, const std::string& source, const std::string& target, bool is_trace) {
  hls::stream<sr_video_in> in("s_axis_video");
  hls::stream<sr_video_out> out("m_axis_video");
  bench::send_frame(in, pixels_of(source, height, width), width);
  keep_beats(is_trace);
  const auto start = std::chrono::steady_clock::now();
  const Pixels output = run_frame(in, out, source, height, width);
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
  std::ofstream file(target, std::ios::binary);
  if (is_trace) {
    visit_inner_layers([&](const char*, auto tag) { append<std::int32_t>(file, beats_of<typename decltype(tag)::type>(width)); });
    append<std::int32_t>(file, output);
  } else {
    append<std::uint8_t>(file, output);
  }
  file.close();
  if (!file) fail(target + ": cannot be written");
  std::printf("%.6f\n", taken.count());
  return 0;
}

template <class Process>
void print_count(const char* name) {
  const sr::Recorder& record = sr::recorder<Process>();
  std::printf("%s %lld %d\n", name, record.clocks, record.deepest + 1);
}

Pixels run_pixels(const Pixels& pixels, const char* name, int height, int width) {
  hls::stream<sr_video_in> in("s_axis_video");
  hls::stream<sr_video_out> out("m_axis_video");
  bench::send_frame(in, pixels, width);
  return run_frame(in, out, name, height, width);
}

std::size_t area(int height, int width) { return static_cast<std::size_t>(height) * static_cast<std::size_t>(width); }

int count(int height, int width) {
  keep_beats(false);
  run_pixels(Pixels(area(height, width), 128), "grey", height, width);
  visit_processes([](const char* name, auto tag) { print_count<typename decltype(tag)::type>(name); });
#ifdef SR_TIMED
  for (const hls::StreamLog& log : hls::stream_logs())
    std::printf("stream %s depth %zu high_water %zu first %lld last %lld\n", log.name.c_str(), log.depth, log.high_water, log.first_write,
                log.last_write);
#endif
  return 0;
}

#ifdef SR_TIMED
int stall(int words, int height, int width, int seed) {
  keep_beats(false);
  const Pixels frame = bench::noise(area(height, width), 3);
  const Pixels expected = run_pixels(frame, "flowing", height, width);
  sr::stall().words = words;
  sr::stall().seed = static_cast<unsigned>(seed);
  const Pixels said = run_pixels(frame, "stalling", height, width);
  if (said != expected) fail("processes that hold " + std::to_string(words) + " words in flight give another frame");
  std::printf("%s%d in flight in every process: %zu pixels of a frame of %d x %d compared, 0 mismatches\n", seed == 0 ? "" : "up to ", words,
              expected.size(), width, height);
  return 0;
}
#endif

}  // namespace

int main(int argc, char** argv) {
  const std::string mode = argc > 1 ? argv[1] : "";
  if ((mode == "check" || mode == "output") && argc == 3) return check(argv[2], mode == "check");
  if ((mode == "trace" || mode == "run") && argc == 6) return run(number(argv[2]), number(argv[3]), argv[4], argv[5], mode == "trace");
  if (mode == "count" && argc == 4) return count(number(argv[2]), number(argv[3]));
#ifdef SR_TIMED
  if (mode == "stall" && (argc == 5 || argc == 6))
    return stall(number(argv[2]), number(argv[3]), number(argv[4]), argc == 6 ? number(argv[5]) : 0);
#endif
  if (mode == "faults" && argc == 2) return bench::faults();
  fail("allowed: check VECTORS | output VECTORS | trace HEIGHT WIDTH IN OUT | run HEIGHT WIDTH IN OUT | count HEIGHT WIDTH | faults");
}
