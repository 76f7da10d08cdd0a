#include "engine/columns/format.h"

#include <cstdio>
#include <cstring>

namespace nfstream {

namespace {

constexpr char hex[] = "0123456789abcdef";

// The two digits of every byte.
struct Pairs {
  char of[256][2];
};
constexpr Pairs make_pairs() {
  Pairs pairs{};
  for (size_t i = 0; i < 256; i++) {
    pairs.of[i][0] = hex[i >> 4];
    pairs.of[i][1] = hex[i & 15];
  }
  return pairs;
}
constexpr Pairs pairs = make_pairs();

char* put_byte(char* to, uint8_t value) {
  if (value >= 100) *to++ = static_cast<char>('0' + value / 100);
  if (value >= 10) *to++ = static_cast<char>('0' + value / 10 % 10);
  *to++ = static_cast<char>('0' + value % 10);
  return to;
}

constexpr size_t longest_ip = 8 * 4 + 7;
constexpr size_t longest_mac = 6;

char* put_ipv4(char* to, const uint8_t* address) {
  to = put_byte(to, address[0]);
  for (int i = 1; i < 4; i++) {
    *to++ = '.';
    to = put_byte(to, address[i]);
  }
  return to;
}

// Zeros that "::" stands for: the first of the longest runs of two groups or more (RFC 5952, 4.2).
struct ZeroGroups {
  int begin = 8;
  int count = 1;
};
ZeroGroups longest_zeros(const uint16_t* groups) {
  ZeroGroups longest;
  for (int begin = 0; begin < 8; begin++) {
    int end = begin;
    while (end < 8 && groups[end] == 0) end++;
    if (end - begin > longest.count) longest = {begin, end - begin};
    if (end > begin) begin = end;
  }
  return longest;
}

char* put_group(char* to, uint16_t group) {
  for (int shift = group >= 0x1000 ? 12 : group >= 0x100 ? 8 : group >= 0x10 ? 4 : 0; shift >= 0; shift -= 4) *to++ = hex[group >> shift & 15];
  return to;
}

// As inet_ntop() of glibc has it, which writes an embedded IPv4 address as one, at an eighth of its price.
char* put_ipv6(char* to, const uint8_t* address) {
  uint16_t groups[8];
  for (int i = 0; i < 8; i++) groups[i] = static_cast<uint16_t>(address[2 * i] << 8 | address[2 * i + 1]);
  const ZeroGroups zeros = longest_zeros(groups);
  const bool embeds_ipv4 = zeros.begin == 0 && (zeros.count == 6 || (zeros.count == 5 && groups[5] == 0xffff));
  for (int i = 0; i < (embeds_ipv4 ? 6 : 8); i++) {
    if (i > zeros.begin && i < zeros.begin + zeros.count) continue;
    if (i == zeros.begin || (i > 0 && i != zeros.begin + zeros.count)) *to++ = ':';
    if (i == zeros.begin) *to++ = ':';
    else to = put_group(to, groups[i]);
  }
  if (!embeds_ipv4) return to;
  if (zeros.count == 5) *to++ = ':';
  return put_ipv4(to, address + 12);
}

int64_t floor_divide(int64_t value, int64_t by) { return value / by - (value % by < 0 ? 1 : 0); }

struct Date {
  int64_t year;
  int month;
  int day;
};

// Of a day counted from 1970-01-01. Years are counted from March on, so that a leap day is a year's last.
Date date_of(int64_t day) {
  constexpr int64_t days_of_400_years = 146097;
  const int64_t shifted = day + 719468;  // from 0000-03-01
  const int64_t era = floor_divide(shifted, days_of_400_years);
  const int64_t of_era = shifted - era * days_of_400_years;
  const int64_t year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
  const int64_t of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int march_month = static_cast<int>((5 * of_year + 2) / 153);
  const int month = march_month < 10 ? march_month + 3 : march_month - 9;
  return {era * 400 + year_of_era + (month <= 2 ? 1 : 0), month, static_cast<int>(of_year - (153 * march_month + 2) / 5 + 1)};
}

}  // namespace

void append_ip(std::string& out, const uint8_t* address, uint8_t ip_version) {
  char text[longest_ip];
  const char* end = ip_version == 4 ? put_ipv4(text, address) : put_ipv6(text, address);
  out.append(text, static_cast<size_t>(end - text));
}

void append_mac(std::string& out, const uint8_t* mac, size_t bytes) {
  char text[3 * longest_mac];
  for (size_t i = 0; i < bytes; i++) {
    std::memcpy(text + 3 * i, pairs.of[mac[i]], 2);
    text[3 * i + 2] = ':';
  }
  out.append(text, 3 * bytes - 1);
}

void append_hex(std::string& out, const uint8_t* bytes, size_t count) {
  const size_t before = out.size();
  out.resize(before + 2 * count);
  char* to = &out[before];
  for (size_t i = 0; i < count; i++) std::memcpy(to + 2 * i, pairs.of[bytes[i]], 2);
}

void append_iso(std::string& out, int64_t ns, TimeUnit unit) {
  const int64_t units_of_second = 1000000000 / static_cast<int64_t>(unit);
  const int64_t time = in_unit(ns, unit);
  const int64_t second = floor_divide(time, units_of_second);
  const int64_t day = floor_divide(second, 86400);
  const int of_day = static_cast<int>(second - day * 86400);
  const Date date = date_of(day);
  const int digits = unit == TimeUnit::ms ? 3 : unit == TimeUnit::us ? 6 : 9;
  char text[64];
  const int size =
      std::snprintf(text, sizeof text, "%04lld-%02d-%02dT%02d:%02d:%02d.%0*lldZ", static_cast<long long>(date.year), date.month, date.day, of_day / 3600,
                    of_day / 60 % 60, of_day % 60, digits, static_cast<long long>((time % units_of_second + units_of_second) % units_of_second));
  out.append(text, static_cast<size_t>(size));
}

}  // namespace nfstream
