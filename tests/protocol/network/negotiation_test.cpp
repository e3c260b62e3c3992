#include "protocol/network/negotiation.hpp"

#include <optional>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "protocol/base/limits.hpp"
#include "tests/support/vectors.hpp"

namespace troupe::network {

namespace {

using support::hex;

const std::vector<std::string> kNoiseOnly{"/noise"};

Bytes messages(const std::vector<std::string>& texts) {
  Bytes wire;
  for (const auto& text : texts)
    append_negotiation_message(wire, text);
  return wire;
}

struct Reply {
  Bytes wire;
  std::optional<NegotiationError> error;
  NegotiationState state = NegotiationState::Pending;
  Bytes rest;  ///< what was left of the input after the agreement
};

/// Feeds a side with the pieces, one after the other, until it agrees or fails.
template <class Side>
Reply feed(Side& side, const std::vector<Bytes>& pieces) {
  Reply reply;
  for (const Bytes& piece : pieces) {
    ByteView input = piece;
    if (reply.state == NegotiationState::Pending) {
      const auto state = side.received(input, reply.wire);
      if (!state) {
        reply.error = state.error();
        return reply;
      }
      reply.state = *state;
    }
    append(reply.rest, input);
  }
  return reply;
}

Reply respond(const std::vector<Bytes>& pieces) {
  NegotiationResponder responder(kNoiseOnly);
  return feed(responder, pieces);
}

std::vector<Bytes> byte_by_byte(const Bytes& wire) {
  std::vector<Bytes> pieces;
  for (const std::uint8_t byte : wire)
    pieces.push_back({byte});
  return pieces;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(negotiation_test)

BOOST_AUTO_TEST_CASE(messages_are_written_as_the_vectors_say) {
  const auto all = support::load_vectors("multistream-messages.json");
  for (const auto& vector : all.at("vectors"))
    BOOST_TEST((messages({vector.at("text").get<std::string>()}) ==
                hex(vector.at("hex").get<std::string>())));
}

// The replies of a js-libp2p listener to hand-written bytes. Where a probe goes on into the Noise
// handshake, only the reply before it is of this layer.
BOOST_AUTO_TEST_CASE(the_responder_replies_to_every_probe_as_js_libp2p_does) {
  const auto all = support::load_vectors("multistream-probes.json");
  for (const auto& probe : all.at("probes")) {
    const auto name = probe.at("name").get<std::string>();
    std::vector<Bytes> sent;
    for (const auto& piece : probe.at("sent"))
      sent.push_back(hex(piece.get<std::string>()));
    const Bytes replied = hex(probe.at("replied").get<std::string>());
    const bool is_for_noise = name.find("noise message 1") != std::string::npos;
    const bool dropped = !probe.at("closedAfterMs").is_null() && !is_for_noise && !sent.empty();

    const Reply reply = respond(sent);

    BOOST_TEST(reply.error.has_value() == dropped, name);
    BOOST_TEST(
        (reply.wire == Bytes(replied.begin(),
                             replied.begin() + std::min<std::ptrdiff_t>(std::ssize(replied),
                                                                        std::ssize(reply.wire)))),
        name);
    if (!is_for_noise) BOOST_TEST((reply.wire == replied), name);
  }
}

BOOST_AUTO_TEST_CASE(a_pipelined_proposal_is_agreed_on_and_the_bytes_after_it_are_left_alone) {
  Bytes wire = messages({"/multistream/1.0.0", "/noise"});
  append(wire, hex("0020deadbeef"));

  const Reply reply = respond({wire});

  BOOST_TEST((reply.state == NegotiationState::Agreed));
  BOOST_TEST((reply.wire == messages({"/multistream/1.0.0", "/noise"})));
  BOOST_TEST((reply.rest == hex("0020deadbeef")));
}

BOOST_AUTO_TEST_CASE(a_proposal_that_arrives_byte_by_byte_is_agreed_on) {
  Bytes wire = messages({"/multistream/1.0.0", "/tls/1.0.0", "/noise"});
  append(wire, hex("0102"));

  const Reply reply = respond(byte_by_byte(wire));

  BOOST_TEST((reply.state == NegotiationState::Agreed));
  BOOST_TEST((reply.wire == messages({"/multistream/1.0.0", "na", "/noise"})));
  BOOST_TEST((reply.rest == hex("0102")));
}

BOOST_AUTO_TEST_CASE(a_list_is_answered_with_every_name_and_a_newline) {
  const std::vector<std::string> supported{"/a", "/b/1"};
  NegotiationResponder responder(supported);

  const Reply reply = feed(responder, {messages({"/multistream/1.0.0", "ls"})});

  BOOST_TEST((reply.wire == hex("132f6d756c746973747265616d2f312e302e300a"
                                "0b 032f610a 052f622f310a 0a")));
}

BOOST_AUTO_TEST_CASE(a_list_too_long_for_a_message_is_cut_short) {
  const std::vector<std::string> supported(100, "/" + std::string(100, 'a'));
  NegotiationResponder responder(supported);

  const Reply reply = feed(responder, {messages({"ls"})});

  BOOST_TEST(reply.wire.size() <= kNegotiationMessageBytesMax + 2);
  BOOST_TEST(reply.wire.size() > kNegotiationMessageBytesMax - 200);
}

BOOST_AUTO_TEST_CASE(the_responder_ends_a_negotiation_that_leads_nowhere) {
  std::vector<std::string> texts{"/multistream/1.0.0"};
  texts.resize(kNegotiationAnswersMax, "/unknown");
  BOOST_TEST(!respond({messages(texts)}).error);

  texts.push_back("/unknown");
  BOOST_TEST((respond({messages(texts)}).error == NegotiationError::TooManyProposals));
}

BOOST_AUTO_TEST_CASE(malformed_messages_are_refused_by_name) {
  BOOST_TEST((respond({hex("00")}).error == NegotiationError::MessageEmpty));
  BOOST_TEST((respond({hex("8000")}).error == NegotiationError::MessageEmpty));
  BOOST_TEST((respond({hex("8108")}).error == NegotiationError::MessageTooLong));
  BOOST_TEST((respond({hex("8080")}).error == NegotiationError::MessageTooLong));
  BOOST_TEST((respond({hex("026161")}).error == NegotiationError::NewlineMissing));
  BOOST_TEST((respond(byte_by_byte(hex("026161"))).error == NegotiationError::NewlineMissing));
  BOOST_TEST((respond({messages({std::string(1023, 'a')})}).error == std::nullopt));
}

BOOST_AUTO_TEST_CASE(a_message_cut_off_anywhere_waits_for_more) {
  const Bytes wire = messages({"/multistream/1.0.0"});
  for (std::size_t size = 0; size < wire.size(); ++size) {
    const Reply reply =
        respond({Bytes(wire.begin(), wire.begin() + static_cast<std::ptrdiff_t>(size))});
    BOOST_TEST(!reply.error);
    BOOST_TEST(reply.wire.empty());
  }
}

BOOST_AUTO_TEST_CASE(the_initiator_sends_header_and_first_proposal_in_one_write) {
  NegotiationInitiator initiator({"/noise"});
  Bytes wire;
  initiator.start(wire);

  BOOST_TEST((wire == hex("132f6d756c746973747265616d2f312e302e300a072f6e6f6973650a")));
}

BOOST_AUTO_TEST_CASE(the_initiator_proposes_the_next_after_each_refusal_without_another_header) {
  NegotiationInitiator initiator({"/a", "/b", "/c"});

  const Reply reply = feed(initiator, {messages({"/multistream/1.0.0", "na"}), messages({"na"})});
  const Reply end = feed(initiator, {messages({"/c"})});

  BOOST_TEST((reply.wire == messages({"/b", "/c"})));
  BOOST_TEST((end.state == NegotiationState::Agreed));
  BOOST_TEST(initiator.protocol() == "/c");
}

BOOST_AUTO_TEST_CASE(the_initiator_is_refused_after_its_last_proposal) {
  NegotiationInitiator initiator({"/a"});

  const Reply reply = feed(initiator, {messages({"/multistream/1.0.0", "na"})});

  BOOST_TEST((reply.state == NegotiationState::Refused));
  BOOST_TEST(reply.wire.empty());
}

BOOST_AUTO_TEST_CASE(the_initiator_refuses_answers_that_nobody_asked_for) {
  const auto error = [](const std::vector<std::string>& answers) {
    NegotiationInitiator initiator({"/a"});
    return feed(initiator, {messages(answers)}).error;
  };

  BOOST_TEST((error({"/a"}) == NegotiationError::HeaderMissing));
  BOOST_TEST((error({"/multistream/2.0.0"}) == NegotiationError::HeaderMissing));
  BOOST_TEST((error({"/multistream/1.0.0", "/b"}) == NegotiationError::AnswerUnexpected));
  BOOST_TEST(
      (error({"/multistream/1.0.0", "/multistream/1.0.0"}) == NegotiationError::AnswerUnexpected));
}

BOOST_AUTO_TEST_CASE(two_sides_agree_and_leave_later_bytes_alone) {
  NegotiationInitiator initiator({"/x", "/noise"});
  NegotiationResponder responder(kNoiseOnly);
  Bytes to_responder;
  initiator.start(to_responder);

  const Reply refusal = feed(responder, {to_responder});
  const Reply second = feed(initiator, byte_by_byte(refusal.wire));
  Reply agreement = feed(responder, {second.wire});
  append(agreement.wire, hex("ff"));
  const Reply end = feed(initiator, {agreement.wire});

  BOOST_TEST((agreement.state == NegotiationState::Agreed));
  BOOST_TEST((end.state == NegotiationState::Agreed));
  BOOST_TEST(responder.protocol() == initiator.protocol());
  BOOST_TEST((end.rest == hex("ff")));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::network
