#include "engine/process/process_text.h"

#include <doctest/doctest.h>

#include <string>

using namespace nfstream;

TEST_CASE("links of sockets") {
  const struct {
    const char* link;
    uint32_t inode;
  } cases[] = {{"socket:[1]", 1},
               {"socket:[4294967295]", 4294967295},
               {"socket:[4294967296]", 0},
               {"socket:[99999999999999999999999]", 0},
               {"socket:[]", 0},
               {"socket:[1", 0},
               {"socket:[-1]", 0},
               {"socket:[1]2]", 0},
               {"pipe:[1]", 0},
               {"socket:", 0},
               {"", 0},
               {"/tmp/socket:[1]", 0},
               {"socket:[1] (deleted)", 0},
               {"socket:[ 1]", 0}};
  for (const auto& [link, inode] : cases) {
    CAPTURE(link);
    CHECK(socket_inode(link, std::string(link).size()) == inode);
  }
  CHECK(socket_inode("socket:[123]", 11) == 0);
}

TEST_CASE("names in /proc that are numbers") {
  CHECK(proc_number("1") == 1);
  CHECK(proc_number("2147483647") == 2147483647);
  for (const char* name : {"2147483648", "-1", "self", "", ".", "1a", "99999999999999999999"}) CHECK(proc_number(name) == -1);
}

TEST_CASE("names of processes, whatever they hold") {
  using namespace std::string_literals;
  const struct {
    std::string comm, cmdline, name;
  } cases[] = {
      {"node\n", "", "node"},
      {"node", "", "node"},
      {"\n", "", ""},
      {"", "", ""},
      {"a\nb\n", "", "a\nb"},
      {"a\n\n", "", "a\n"},
      {"x) R 1 (y\n", "", "x) R 1 (y"},
      {"((sd-pam))\n", "", "((sd-pam))"},
      {"\"a\",b\n", "", "\"a\",b"},
      {"\xff\xfe\n", "", "\xef\xbf\xbd\xef\xbf\xbd"},
      {"caf\xc3\xa9\n", "", "caf\xc3\xa9"},
      // Cut within a character, and to 15 bytes.
      {"abcdefghijklmn\xc3\n", "", "abcdefghijklmn\xef\xbf\xbd"},
      {"abcdefghijklmno\n", "/usr/bin/abcdefghijklmnopq\0--flag\0"s, "abcdefghijklmnopq"},
      {"abcdefghijklmno\n", "abcdefghijklmno\0"s, "abcdefghijklmno"},
      {"abcdefghijklmno\n", "/usr/bin/another-program\0"s, "abcdefghijklmno"},
      {"abcdefghijklmno\n", "", "abcdefghijklmno"},
      {"abcdefghijklmno\n", "\0\0"s, "abcdefghijklmno"},
      {"abcdefghijklmno\n", "abcdefghijklmno/", "abcdefghijklmno"},
      {"short\n", "/usr/bin/shorter-and-longer\0"s, "short"},
      {"abcdefghijklmno\n", "abcdefghijklmno" + std::string(4000, 'x'), "abcdefghijklmno" + std::string(240, 'x')},
  };
  for (const auto& [comm, cmdline, name] : cases) {
    CAPTURE(comm);
    CHECK(process_name(comm.data(), comm.size(), cmdline.data(), cmdline.size()) == name);
  }
  CHECK(!may_be_cut(15));
  CHECK(may_be_cut(16));
}
