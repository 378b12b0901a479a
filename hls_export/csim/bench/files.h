// SPDX-License-Identifier: Apache-2.0
// Reading the exported vectors: exact lengths, checksums, and a message for everything that is not as it should be.
#ifndef SR_FILES_H
#define SR_FILES_H

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

namespace bench {

[[noreturn]] inline void fail(const std::string& message) {
  std::fflush(stdout);
  std::fprintf(stderr, "csim: %s\n", message.c_str());
  std::exit(1);
}

inline std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) fail(path + ": cannot be read; needed: every file of vectors/index.txt");
  return std::string(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
}

inline std::uint32_t crc32(const std::string& bytes) {
  static const std::array<std::uint32_t, 256> table = [] {
    std::array<std::uint32_t, 256> entries{};
    for (std::uint32_t i = 0; i < 256; ++i) {
      std::uint32_t value = i;
      for (int bit = 0; bit < 8; ++bit) value = (value >> 1) ^ ((value & 1) ? 0xEDB88320u : 0u);
      entries[i] = value;
    }
    return entries;
  }();
  std::uint32_t crc = 0xFFFFFFFFu;
  for (const char byte : bytes) crc = table[(crc ^ static_cast<unsigned char>(byte)) & 0xFFu] ^ (crc >> 8);
  return ~crc;
}

// One tensor of one frame: beats in raster order, `channels` integers of `bits` bits each.
struct Tensor {
  std::string layer, path;
  int channels = 0, bits = 0, is_signed = 0;
  long long beats = 0;
  std::uint32_t bin_crc = 0, hex_crc = 0;
};

struct Frame {
  std::string name;
  int height = 0, width = 0;
  std::vector<Tensor> tensors;  // input first, then every layer
};

struct Index {
  std::string network_hash;
  std::vector<Frame> frames;
};

inline std::vector<std::int32_t> binary_values(const Tensor& tensor, const std::string& bytes) {
  const std::size_t size = tensor.bits <= 8 ? 1 : 2;
  const std::size_t count = static_cast<std::size_t>(tensor.beats) * static_cast<std::size_t>(tensor.channels);
  if (bytes.size() != count * size)
    fail(tensor.path + ".bin: " + std::to_string(bytes.size()) + " bytes; needed " + std::to_string(count * size));
  std::vector<std::int32_t> values(count);
  for (std::size_t i = 0; i < count; ++i) {
    std::uint32_t word = static_cast<unsigned char>(bytes[i * size]);
    if (size == 2) word |= static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[2 * i + 1])) << 8;
    const std::uint32_t sign = 1u << (8 * size - 1);
    values[i] = tensor.is_signed ? static_cast<std::int32_t>(word ^ sign) - static_cast<std::int32_t>(sign) : static_cast<std::int32_t>(word);
  }
  return values;
}

// The same integers from the hexadecimal text: one beat per line, channel 0 in the least significant bits.
inline void check_text(const Tensor& tensor, const std::string& text, const std::vector<std::int32_t>& values) {
  std::istringstream lines(text);
  std::string line;
  std::size_t at = 0;
  while (std::getline(lines, line)) {
    if (line.compare(0, 2, "//") == 0) continue;
    const std::size_t digits = static_cast<std::size_t>((tensor.channels * tensor.bits + 3) / 4);
    if (line.size() != digits || at + static_cast<std::size_t>(tensor.channels) > values.size())
      fail(tensor.path + ".hex: a line of " + std::to_string(line.size()) + " digits after " + std::to_string(at) + " integers");
    for (int channel = 0; channel < tensor.channels; ++channel, ++at) {
      std::uint32_t word = 0;
      for (int bit = 0; bit < tensor.bits; ++bit) {
        const std::size_t position = static_cast<std::size_t>(channel * tensor.bits + bit);
        const char digit = line[digits - 1 - position / 4];
        const int nibble = digit >= '0' && digit <= '9' ? digit - '0' : digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
        if (nibble < 0) fail(tensor.path + ".hex: '" + digit + "' is no hexadecimal digit");
        word |= static_cast<std::uint32_t>(nibble >> (position % 4) & 1) << bit;
      }
      const std::uint32_t mask = (1u << tensor.bits) - 1;
      if (word != (static_cast<std::uint32_t>(values[at]) & mask)) fail(tensor.path + ".hex: differs from .bin at integer " + std::to_string(at));
    }
  }
  if (at != values.size()) fail(tensor.path + ".hex: " + std::to_string(at) + " integers; needed " + std::to_string(values.size()));
}

inline std::vector<std::int32_t> load(const std::string& folder, const Tensor& tensor) {
  const std::string bytes = read_file(folder + "/" + tensor.path + ".bin"), text = read_file(folder + "/" + tensor.path + ".hex");
  const std::vector<std::int32_t> values = binary_values(tensor, bytes);
  if (values.empty()) fail(tensor.path + ": no integers to compare");
  if (crc32(bytes) != tensor.bin_crc) fail(tensor.path + ".bin: checksum differs from vectors/index.txt");
  check_text(tensor, text, values);
  if (crc32(text) != tensor.hex_crc) fail(tensor.path + ".hex: checksum differs from vectors/index.txt");
  return values;
}

// Lines: "network HASH", "frame NAME HEIGHT WIDTH", "tensor LAYER CHANNELS BITS SIGNED BEATS CRC_BIN CRC_HEX PATH", "end LINES".
inline Index read_index(const std::string& folder) {
  const std::string path = folder + "/index.txt";
  std::istringstream lines(read_file(path));
  Index index;
  std::string line;
  long long count = 0;
  bool ended = false;
  while (std::getline(lines, line)) {
    std::istringstream fields(line);
    std::string kind;
    fields >> kind;
    ++count;
    if (ended) fail(path + ": lines after the end");
    if (kind == "network") {
      fields >> index.network_hash;
    } else if (kind == "frame") {
      Frame frame;
      fields >> frame.name >> frame.height >> frame.width;
      index.frames.push_back(frame);
    } else if (kind == "tensor" && !index.frames.empty()) {
      Tensor tensor;
      fields >> tensor.layer >> tensor.channels >> tensor.bits >> tensor.is_signed >> tensor.beats >> std::hex >> tensor.bin_crc >>
          tensor.hex_crc >> tensor.path;
      index.frames.back().tensors.push_back(tensor);
    } else if (kind == "end") {
      long long written = -1;
      fields >> written;
      ended = written == count;
    } else {
      fail(path + ": line " + std::to_string(count) + " is '" + line + "'");
    }
    if (fields.fail()) fail(path + ": line " + std::to_string(count) + " is incomplete: '" + line + "'");
  }
  if (!ended) fail(path + ": truncated; needed a last line 'end' with the number of lines");
  return index;
}

}  // namespace bench

#endif
