#include "engine/rows/row_writer.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <string>
#include <vector>

using namespace nfstream;

namespace {

// Texts one behind the other, in memory of just their size.
struct Texts {
  explicit Texts(const std::vector<std::string>& texts) {
    std::string all;
    offsets.push_back(0);
    for (const std::string& text : texts) {
      all += text;
      offsets.push_back(static_cast<int32_t>(all.size()));
    }
    bytes.assign(all.begin(), all.end());
  }
  RowColumn column() const {
    RowColumn column;
    column.type = RowType::text;
    column.values = bytes.data();
    column.value_count = bytes.size();
    column.offsets = offsets.data();
    column.offset_count = offsets.size();
    return column;
  }
  std::vector<char> bytes;
  std::vector<int32_t> offsets;
};

RowColumn ints(const std::vector<int64_t>& values) {
  RowColumn column;
  column.values = values.data();
  column.value_count = values.size();
  return column;
}

RowForm csv(size_t columns) {
  RowForm form;
  for (size_t i = 0; i < columns; i++) form.before.emplace_back(i == 0 ? "" : ",");
  form.plain.assign(columns, false);
  form.as_text.assign(columns, false);
  form.end = "\n";
  for (const char byte : std::string(",\"\r\n")) form.special[static_cast<uint8_t>(byte)] = true;
  return form;
}

}  // namespace

TEST_CASE("CSV quotes what needs it, and leaves null and nothing empty") {
  const Texts texts({"plain", "", "a,b", "say \"x\"", "line\nbreak", "=1+1"});
  const std::vector<int64_t> numbers{1, -2, 3, 4, 5, 6};
  const std::vector<uint8_t> valid{1, 0, 1, 1, 1, 1};
  RowColumn second = ints(numbers);
  second.valid = valid.data();
  second.valid_count = valid.size();
  RowForm form = csv(2);
  form.escape_formulas = true;
  RowWriter writer(form);
  CHECK(writer.write({texts.column(), second}, 0, 6) == "plain,1\n,\n\"a,b\",3\n\"say \"\"x\"\"\",4\n\"line\nbreak\",5\n'=1+1,6\n");
  CHECK(writer.write({texts.column(), second}, 2, 3) == "\"a,b\",3\n");
  CHECK(writer.write({texts.column(), second}, 6, 6).empty());
}

TEST_CASE("lists are Python's in CSV and JSON's in JSON") {
  const std::vector<int8_t> items{-1, 0, 1, 127, -128, 5};
  RowColumn list;
  list.type = RowType::list8;
  list.values = items.data();
  list.value_count = items.size();
  list.items = 3;
  RowForm form = csv(1);
  form.quoted_lists = 2;
  CHECK(RowWriter(form).write({list}, 0, 2) == "\"[-1, 0, 1]\"\n\"[127, -128, 5]\"\n");
  form.quoted_lists = SIZE_MAX;
  CHECK(RowWriter(form).write({list}, 1, 2) == "[127, -128, 5]\n");
  form.json = true;
  form.as_text = {true};
  CHECK(RowWriter(form).write({list}, 0, 1) == "[\"-1\",\"0\",\"1\"]\n");
}

TEST_CASE("JSON escapes what is no character of a string") {
  const Texts texts({"a\"b\\c", std::string("\0\x1f\n", 3), "\xc3\xbc"});
  RowForm form = csv(1);
  form.json = true;
  form.before = {"{\"name\":"};
  form.end = "}\n";
  CHECK(RowWriter(form).write({texts.column()}, 0, 3) == "{\"name\":\"a\\\"b\\\\c\"}\n{\"name\":\"\\u0000\\u001f\\u000a\"}\n{\"name\":\"\xc3\xbc\"}\n");
}

TEST_CASE("a column says whether it has the rows that are asked for") {
  const Texts texts({"ab", "c"});
  const std::vector<int64_t> numbers{1, 2};
  const std::vector<uint8_t> valid{1};
  CHECK(texts.column().has_rows(0, 2));
  CHECK_FALSE(texts.column().has_rows(0, 3));
  CHECK(ints(numbers).has_rows(2, 2));
  CHECK_FALSE(ints(numbers).has_rows(0, 3));
  RowColumn column = ints(numbers);
  column.valid = valid.data();
  column.valid_count = valid.size();
  CHECK_FALSE(column.has_rows(0, 2));
  for (const std::vector<int32_t>& offsets : {std::vector<int32_t>{0, 4}, {-1, 2}, {2, 1}}) {
    RowColumn wrong = texts.column();
    wrong.offsets = offsets.data();
    wrong.offset_count = offsets.size();
    CHECK_FALSE(wrong.has_rows(0, 1));
  }
  RowColumn list = ints(numbers);
  list.type = RowType::list64;
  list.items = 2;
  CHECK(list.has_rows(0, 1));
  CHECK_FALSE(list.has_rows(0, 2));
}
