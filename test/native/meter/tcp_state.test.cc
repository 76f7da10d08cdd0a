#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "meter/connection.h"
#include "meter/rows.h"

using namespace nfstream;

namespace {

std::vector<std::string> state_of(const Connection& connection) {
  MeterOptions options;
  options.dissections = 0;
  options.columns = columns_named({"tcp_state", "tcp_history", "tcp_originator"});
  const TextRows rows = rows_of(options, connection.view());
  REQUIRE(rows.size() == 1);
  return rows[0];
}

struct Case {
  const char* words;
  const char* state;
  const char* history;
  const char* originator = "src";
};

void check(const std::vector<Case>& cases) {
  for (const Case& one : cases) {
    CAPTURE(std::string(one.words));
    // Sequence numbers that pass 2^32 change nothing.
    for (const uint32_t first : {1000u, 0xffffffffu, 0xffffff9cu, 0x7fffff00u}) {
      CAPTURE(first);
      const std::vector<std::string> row = state_of(Connection(one.words, first));
      CHECK(row[0] == one.state);
      CHECK(row[1] == one.history);
      CHECK(row[2] == one.originator);
    }
  }
}

}  // namespace

TEST_CASE("every state of a connection, as Zeek names it") {
  check({
      {"S", "S0", "S"},
      {"S h A", "S1", "ShA"},
      {"S h A D d a A", "S1", "ShADda"},
      {"S h A D d F f A", "SF", "ShADdFf"},
      {"S h A D a f F a", "SF", "ShADafF"},
      {"S z", "REJ", "Sr"},
      {"S r", "REJ", "Sr"},
      {"S h A F a", "S2", "ShAFa"},
      {"S h A f A", "S3", "ShAf"},
      {"S h A D R", "RSTO", "ShADR"},
      {"S h R", "RSTO", "ShR"},
      {"S h A d r", "RSTR", "ShAdr"},
      {"S R", "RSTOS0", "SR"},
      {"h r", "RSTRH", "^hr", "dst"},
      {"S F", "SH", "SF"},
      {"h f", "SHR", "^hf", "dst"},
      {"D d A", "OTH", "DdA"},
      {"A", "OTH", "A"},
      {"R", "OTH", "R"},
  });
}

TEST_CASE("how a connection ends") {
  check({
      {"S h A F f R", "SF", "ShAFfR"},  // a RST after both FINs
      {"S h A F R f", "SF", "ShAFRf"},  // after the first FIN, and the other comes still
      {"S h A F R", "RSTO", "ShAFR"},
      {"S h A F r", "RSTR", "ShAFr"},
      {"S h A R r", "REJ", "ShARr"},  // both, and nobody sent anything
      {"S h A D R r", "RSTR", "ShADRr"},
      {"S a h A", "S1", "SahA"},          // an ACK before the answer
      {"S s A a", "S1", "SsAa"},          // both begin
      {"S h A F E a f", "SF", "ShAFaf"},  // the FIN again
  });
}

TEST_CASE("letters that stand again, and those that do not") {
  check({
      {"S S h h A A a D D d d", "S1", "ShAaDd"},
      {"S N S h A", "S1", "SShA"},
      {"S h A R N R", "RSTO", "ShARR"},
      {"S h A I I i", "REJ", "ShAIi"},
      {"Q", "SH", "Q"},
      {"S h A W W d w w W", "S1", "ShAWdaw"},
      {"S h A D K K K d k", "S1", "ShADTdt"},
      {"S h A D K K K K K K K K K a K", "S1", "ShADTaT"},
      {"S h A W W W W W W W W W W", "S1", "ShAWW"},
  });
}

TEST_CASE("a gap is bytes that were acknowledged and not seen") {
  check({
      {"S h A D _ D a", "S1", "ShADaG"},
      {"S h A D _ a D a", "S1", "ShADaG"},
      {"S h A D _ D K a", "S1", "ShADTaG"},
      {"S h A d ~ d A ~ d A", "S1", "ShAdg"},  // twice
      {"S h A ~ A", "S1", "ShAg"},
      {"S h A D _ D", "S1", "ShAD"},  // not acknowledged
      {"D _ D d a", "OTH", "Dda"},    // and only of a whole connection
      {"S h A D _ F a f A", "SF", "ShADFaGf"},
  });
}

TEST_CASE("what comes late fills a gap") {
  Connection connection("S h A D");
  const uint32_t next = 1101;
  for (const uint32_t at : {next + 400, next + 200, next + 600, next + 800, next + 1000, next + 100, next + 300, next, next + 500, next + 700, next + 900}) {
    connection.segment(0, tcp_ack, at, 5001, 100);
  }
  connection.segment(1, tcp_ack, 5001, next + 1100);
  CHECK(state_of(connection)[1].find('G') == std::string::npos);
  connection.segment(1, tcp_ack, 5001, next + 1200);
  CHECK(state_of(connection)[1].find('G') != std::string::npos);
}

TEST_CASE("the originator is the sender of the SYN") {
  check({
      {"h S A D", "S1", "^hSAD", "dst"},       // out of order
      {"h A D d", "S1", "^hADd", "dst"},       // the SYN was not captured
      {"f N S h A D", "S1", "^fShAD", "dst"},  // what an older connection left behind
      {"A N S h A D", "S1", "AShAD", "src"},
      {"d A", "OTH", "^dA", "dst"},  // nobody's SYN: port 80 is a server's
  });
  // Neither port is one that Zeek takes for a server's; then both are.
  CHECK(state_of(Connection("d A", 1, 1000, 1001)) == std::vector<std::string>{"OTH", "Da", "src"});
  CHECK(state_of(Connection("D a", 1, 80, 443)) == std::vector<std::string>{"OTH", "^dA", "dst"});
  CHECK(state_of(Connection("D a", 1, 443, 80)) == std::vector<std::string>{"OTH", "Da", "src"});
  CHECK(state_of(Connection("h A", 1, 1000, 1001)) == std::vector<std::string>{"S1", "^hA", "dst"});
}

TEST_CASE("a history is bounded") {
  Connection connection("S h A");
  for (uint32_t i = 0; i < 200; i++) connection.segment(1, tcp_rst, 9000 + i, 0);
  CHECK(state_of(connection)[1] == "ShA" + std::string(45, 'r'));
}

TEST_CASE("UDP has a state too, and other protocols none") {
  const auto of = [](uint8_t protocol, bool answered, uint16_t source, uint16_t destination) {
    TestBatch batch(std::vector<TestPacket>{{1, 1, 2, source, destination}});
    if (answered) batch.add({2, 2, 1, destination, source});
    for (PacketRecord& record : batch.records) record.protocol = protocol;
    MeterOptions options;
    options.dissections = 0;
    options.columns = columns_named({"tcp_state", "tcp_history", "tcp_originator"});
    return rows_of(options, batch.view()).at(0);
  };
  using Row = std::vector<std::string>;
  CHECK(of(17, false, 4000, 53) == Row{"S0", "D", "src"});
  CHECK(of(17, true, 4000, 53) == Row{"SF", "Dd", "src"});
  CHECK(of(17, false, 53, 4000) == Row{"SHR", "^d", "dst"});
  CHECK(of(17, true, 53, 4000) == Row{"SF", "^dD", "dst"});
  CHECK(of(17, false, 53, 123) == Row{"S0", "D", "src"});
  CHECK(of(1, true, 0, 0) == Row{"OTH", "null", "src"});
  // A TCP packet without a header that could be read.
  CHECK(of(6, true, 4000, 80) == Row{"OTH", "null", "src"});
}

TEST_CASE("segments of more than 65,535 bytes follow each other without a gap") {
  Connection connection("S h A");
  for (int i = 0; i < 3; i++) connection.segment(0, tcp_ack, 1001 + 100000 * i, 5001, 100000);
  connection.segment(1, tcp_ack, 5001, 301001);
  CHECK(state_of(connection) == std::vector<std::string>{"S1", "ShADa", "src"});
}

TEST_CASE("payload is at most what the frame had room for") {
  Connection connection("S h A D");
  connection.records[3].wire_length = connection.records[3].captured_length;
  CHECK(state_of(connection)[1] == "ShA");
}

TEST_CASE("a header that is not whole is no segment") {
  const struct {
    const char* what;
    void (*spoil)(TestBatch&);
  } cases[] = {
      {"not captured", [](TestBatch& batch) { batch.records[0].l4_offset = 0; }},
      {"behind the end", [](TestBatch& batch) { batch.records[0].l4_offset = 0xffff; }},
      {"15 bytes captured", [](TestBatch& batch) { batch.records[0].captured_length = 49; }},
      {"longer than the segment", [](TestBatch& batch) { batch.records[0].transport_header = 19; }},
      {"shorter than a header", [](TestBatch& batch) { batch.data[34 + 12] = 0x40; }},
      {"of another protocol", [](TestBatch& batch) { batch.records[0].protocol = 132; }},
  };
  for (const auto& one : cases) {
    CAPTURE(one.what);
    Connection connection("S");
    one.spoil(connection);
    CHECK(state_of(connection)[1] == "null");
  }
  Connection whole("S");
  whole.records[0].captured_length = 50;
  CHECK(state_of(whole)[1] == "S");
}
