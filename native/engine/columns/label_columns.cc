// What dissection found.
#include <string_view>

#include "engine/columns/column_table.h"

namespace nfstream {

namespace {

bool has_both(const FlowRecord& flow) { return flow.master != 0 && flow.application != 0 && flow.master != flow.application; }

std::string_view one_name(const FlowView& view) { return view.names->application_name(view.flow.application != 0 ? view.flow.application : view.flow.master); }

void application_name(const FlowView& view, int, std::string& out) {
  if (has_both(view.flow)) out.append(view.names->application_name(view.flow.master)).push_back('.');
  out.append(one_name(view));
}

// The first releases print a label that stands alone as an application of an unknown master: Unknown.DNS.
void application_pair(const FlowView& view, int, std::string& out) {
  out.append(view.names->application_name(has_both(view.flow) ? view.flow.master : 0)).push_back('.');
  out.append(one_name(view));
}

void fact(const FlowView& view, int which, std::string& out) {
  const FlowTexts* texts = view.flow.texts;
  if (texts == nullptr) return;
  const char* bytes = texts->bytes;
  for (int i = 0; i < which; i++) bytes += texts->lengths[i];
  out.append(bytes, texts->lengths[which]);
}

}  // namespace

std::vector<Column> label_columns() {
  return {
      text_column("application_name", application_name),
      text_column("application_pair", application_pair),
      text_column("application_category_name", [](const FlowView& view, int, std::string& out) { out.append(view.names->category_name(view.flow.category)); }),
      integer_column("application_is_guessed", [](const FlowView& view, int) -> int64_t { return view.flow.guessed ? 1 : 0; }),
      integer_column("application_confidence", [](const FlowView& view, int) -> int64_t { return view.flow.confidence; }),
      text_column("requested_server_name", fact, FlowTexts::server_name),
      text_column("client_fingerprint", fact, FlowTexts::client_fingerprint),
      text_column("server_fingerprint", fact, FlowTexts::server_fingerprint),
      text_column("user_agent", fact, FlowTexts::user_agent),
      text_column("content_type", fact, FlowTexts::content_type),
  };
}

}  // namespace nfstream
