// Columns of what dissection found beside the label: one for each fact.
#pragma once

#include <string>

#include "engine/columns/column.h"
#include "engine/dissect/flow_facts.h"

namespace nfstream::fact_column {

inline Fact fact_of(int argument) { return static_cast<Fact>(argument); }

inline bool has_fact(const FlowView& view, int argument) { return view.flow.facts != nullptr && view.flow.facts->has(fact_of(argument)); }

inline void text(const FlowView& view, int argument, std::string& out) {
  if (has_fact(view, argument)) out.append(view.flow.facts->text(fact_of(argument)));
}

inline int64_t number(const FlowView& view, int argument) { return has_fact(view, argument) ? view.flow.facts->number(fact_of(argument)) : 0; }

// Of a fact that is in seconds.
inline int64_t time_ns(const FlowView& view, int argument) { return number(view, argument) * 1000000000; }

inline Column with_fact(Column column, Fact fact) {
  column.argument = static_cast<int>(fact);
  column.facts = bit(fact);
  return column;
}

// nfstream's, empty where there is none.
inline Column plain_text(const char* name, Fact fact) { return with_fact(text_column(name, text), fact); }
inline Column text_or_null(const char* name, Fact fact) { return with_fact(nullable(text_column(name, text), has_fact), fact); }
inline Column number_or_null(const char* name, Fact fact) { return with_fact(nullable(integer_column(name, number), has_fact), fact); }
inline Column time_or_null(const char* name, Fact fact) { return with_fact(never_zero(time_column(name, time_ns, has_fact)), fact); }

}  // namespace nfstream::fact_column
