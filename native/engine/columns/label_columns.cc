// The label that dissection found.
#include <algorithm>
#include <string_view>

#include "engine/columns/column_table.h"
#include "engine/columns/fact_column.h"

namespace nfstream {

namespace {

bool has_both(const FlowRecord& flow) { return flow.master != 0 && flow.application != 0 && flow.master != flow.application; }

uint16_t application_of(const FlowView& view) { return view.flow.application != 0 ? view.flow.application : view.flow.master; }

std::string_view one_name(const FlowView& view) { return view.names->application_name(application_of(view)); }

void application_name(const FlowView& view, int, std::string& out) {
  if (has_both(view.flow)) out.append(view.names->application_name(view.flow.master)).push_back('.');
  out.append(one_name(view));
}

// The first releases print a label that stands alone as an application of an unknown master: Unknown.DNS.
void application_pair(const FlowView& view, int, std::string& out) {
  out.append(view.names->application_name(has_both(view.flow) ? view.flow.master : 0)).push_back('.');
  out.append(one_name(view));
}

void category_name(const FlowView& view, int, std::string& out) { out.append(view.names->category_name(view.flow.category)); }

// Every name that the numbers up to `last` have, once. Numbers that mean nothing have a name too.
template <typename NameOf>
std::vector<std::string> distinct(uint32_t last, NameOf name_of) {
  std::vector<std::string> all;
  for (uint32_t number = 0; number <= last; number++) {
    const std::string_view name = name_of(number);
    if (std::find(all.begin(), all.end(), name) == all.end()) all.emplace_back(name);
  }
  return all;
}

std::vector<std::string> category_names(const Dissector* names) {
  return distinct(UINT16_MAX, [&](uint32_t id) { return names->category_name(static_cast<uint16_t>(id)); });
}

}  // namespace

std::vector<Column> label_columns() {
  using namespace fact_column;
  return {
      text_column("application_name", application_name),
      text_column("application_pair", application_pair),
      closed(text_column("application_category_name", category_name), category_names),
      integer_column("application_is_guessed", [](const FlowView& view, int) -> int64_t { return view.flow.guessed ? 1 : 0; }),
      integer_column("application_confidence", [](const FlowView& view, int) -> int64_t { return view.flow.confidence; }),
      closed(text_column("application_breed", [](const FlowView& view, int, std::string& out) { out.append(view.names->breed_name(application_of(view))); }),
             [](const Dissector* names) { return distinct(UINT16_MAX, [&](uint32_t id) { return names->breed_name(static_cast<uint16_t>(id)); }); }),
      closed(text_column("application_confidence_name",
                         [](const FlowView& view, int, std::string& out) { out.append(view.names->confidence_name(view.flow.confidence)); }),
             [](const Dissector* names) { return distinct(UINT8_MAX, [&](uint32_t code) { return names->confidence_name(static_cast<uint8_t>(code)); }); }),
      plain_text("requested_server_name", Fact::server_name),
      plain_text("client_fingerprint", Fact::client_fingerprint),
      plain_text("server_fingerprint", Fact::server_fingerprint),
      plain_text("user_agent", Fact::user_agent),
      plain_text("content_type", Fact::content_type),
  };
}

}  // namespace nfstream
