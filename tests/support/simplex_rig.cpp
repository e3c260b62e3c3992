#include "tests/support/simplex_rig.hpp"

#include <algorithm>

#include "protocol/base/invariant.hpp"

namespace troupe::support {

using consensus::VoteKind;

namespace {

constexpr Timestamp kStart{1'790'000'000'000};

consensus::Header make_genesis(const consensus::ValidatorSet& validators) {
  consensus::Genesis genesis;
  genesis.chain = crypto::sha256(as_bytes("a chain for tests"));
  genesis.timestamp = Timestamp{kStart.milliseconds - 1000};
  genesis.state_root = crypto::sha256(as_bytes("an empty state"));
  return genesis_header(genesis, validators);
}

}  // namespace

SimplexRig::SimplexRig(RigOptions options)
    : options_(std::move(options)),
      signatures_(options_.validators),
      genesis_(make_genesis(signatures_.validators())),
      verified_(std::make_shared<std::uint64_t>(0)),
      config_{{{genesis_.chain, Epoch{}, digest(genesis_)},
               signatures_.validators(),
               [count = verified_, verify = simulator::KeyedSignatures::verify()](
                   const auto& key, ByteView message, const auto& signature) {
                 ++*count;
                 return verify(key, message, signature);
               }},
              genesis_,
              std::nullopt,
              77,
              64,
              options_.timing} {
  if (options_.own) config_.own = ValidatorIndex{*options_.own};
  now_ = {Instant{std::chrono::seconds(1)}, kStart};
  crypto::MerkleFrontier history;
  history.append(crypto::merkle_leaf(digest(genesis_).view()));
  histories_[digest(genesis_)] = history;
  disk_.final_header = genesis_;
  disk_.history = history;
  disk_.executed = {{Height{0}, genesis_.executed_root}};
  machine_ = std::make_unique<consensus::Simplex>(config_, disk_);
  if (!options_.is_voting) return;
  start();
  answer_inquiry();
  forget();
}

SimplexRig SimplexRig::leading(std::uint64_t view, RigOptions options) {
  RigOptions probe = options;
  probe.is_voting = false;
  options.own = SimplexRig(probe).leader(view);
  return SimplexRig(options);
}

SimplexRig SimplexRig::following(RigOptions options) {
  return leading(options.validators, options);
}

void SimplexRig::start() {
  step(consensus::Started{});
  for (const std::uint32_t peer : others()) {
    step(consensus::PeerConnected{ValidatorIndex{peer}, 1});
  }
}

void SimplexRig::answer_inquiry() {
  for (const std::uint32_t peer : others()) {
    deliver(peer, consensus::InquiryAnswer{config_.instance, false, {}});
  }
}

void SimplexRig::restart(bool is_voting) {
  disk_.records = journal_.live_records();
  timers_.clear();
  effects_.clear();
  ++config_.instance;
  machine_ = std::make_unique<consensus::Simplex>(config_, disk_);
  start();
  if (is_voting) answer_inquiry();
}

void SimplexRig::step(const consensus::Input& input) {
  for (const consensus::Effect& effect : machine_->step(input, now_))
    perform(effect);
  while (!answers_.empty()) {
    const consensus::Input answer = answers_.front();
    answers_.erase(answers_.begin());
    for (const consensus::Effect& effect : machine_->step(answer, now_))
      perform(effect);
  }
}

void SimplexRig::perform(const consensus::Effect& effect) {
  effects_.push_back(effect);
  if (const auto* set = std::get_if<consensus::SetTimer>(&effect)) timers_[set->timer] = *set;
  if (const auto* cancel = std::get_if<consensus::CancelTimer>(&effect)) {
    timers_.erase(cancel->timer);
  }
  if (const auto* mark = std::get_if<consensus::RaiseMark>(&effect)) {
    journal_.raise_mark(mark->finalization);
  }
  const auto* sign = std::get_if<consensus::Sign>(&effect);
  if (sign == nullptr) return;
  const auto vote = signatures_.sign(binding(), ValidatorIndex{own()}, sign->vote);
  const auto decision = journal_.decide(sign->vote);
  if (const auto* refused = std::get_if<consensus::Refused>(&decision)) {
    answers_.push_back(consensus::SigningRefused{sign->vote, refused->reason});
    return;
  }
  const bool is_consistent = journal_.remember(consensus::VoteRecord{vote, sign->basis});
  INVARIANT(is_consistent);
  answers_.push_back(consensus::Signed{sign->vote, vote.signature});
}

void SimplexRig::deliver(std::uint32_t from, consensus::Body body) {
  step(consensus::MessageReceived{ValidatorIndex{from},
                                  {binding().epoch, binding().root, std::move(body)}});
}

void SimplexRig::advance(Duration duration) {
  const Instant until = now_.instant + duration;
  const auto move_to = [&](Instant instant) {
    const auto passed =
        std::chrono::duration_cast<std::chrono::milliseconds>(instant - now_.instant);
    now_.timestamp.milliseconds += static_cast<std::uint64_t>(passed.count());
    now_.instant = instant;
  };
  while (true) {
    const auto next =
        std::min_element(timers_.begin(), timers_.end(), [](const auto& left, const auto& right) {
          return left.second.at < right.second.at;
        });
    if (next == timers_.end() || next->second.at > until) break;
    const consensus::SetTimer due = next->second;
    timers_.erase(next);
    move_to(std::max(due.at, now_.instant));
    step(consensus::TimerFired{due.timer, due.generation});
  }
  move_to(until);
}

std::uint32_t SimplexRig::leader(std::uint64_t view) const {
  return consensus::LeaderOrder(signatures_.validators(), binding().root).leader(View{view}).number;
}

std::vector<std::uint32_t> SimplexRig::others() const {
  std::vector<std::uint32_t> list;
  for (std::uint32_t i = 0; i < options_.validators; ++i) {
    if (i != options_.own) list.push_back(i);
  }
  return list;
}

void SimplexRig::vote(std::uint32_t from,
                      VoteKind kind,
                      std::uint64_t view,
                      const crypto::Digest& block) {
  const consensus::Vote vote{kind, binding().epoch, View{view}, block};
  deliver(from, consensus::Ballot{signatures_.sign(binding(), ValidatorIndex{from}, vote)});
}

consensus::Certificate SimplexRig::certify(VoteKind kind,
                                           std::uint64_t view,
                                           const crypto::Digest& block) const {
  const std::uint32_t quorum = options_.validators - (options_.validators - 1) / 3;
  std::vector<std::uint32_t> signers = others();
  signers.resize(quorum);
  return signatures_.certify(binding(), {kind, binding().epoch, View{view}, block}, signers);
}

void SimplexRig::deliver_certificate(const consensus::Certificate& certificate) {
  deliver(others().front(), consensus::Certificates{{certificate}});
}

consensus::Header SimplexRig::child(const consensus::Header& parent, std::uint64_t view) {
  const crypto::Digest parent_digest = digest(parent);
  if (!histories_.contains(parent_digest)) {
    crypto::MerkleFrontier history = histories_.at(parent.parent);
    history.append(crypto::merkle_leaf(parent_digest.view()));
    histories_[parent_digest] = history;
  }
  consensus::Header header = parent;
  header.root = binding().root;
  header.view = View{view};
  header.height = parent.height.next();
  header.parent = parent_digest;
  header.timestamp = Timestamp{parent.timestamp.milliseconds + 1};
  header.transactions_root = consensus::empty_transactions_root();
  header.history_root = histories_.at(parent_digest).root();
  return header;
}

consensus::Header SimplexRig::ordering_child(const consensus::Header& parent, std::uint64_t view) {
  consensus::Header header = child(parent, view);
  const std::uint64_t before = header.tips.empty() ? 0 : header.tips.front().sequence.number;
  header.tips = {{ValidatorIndex{0},
                  Incarnation{},
                  Sequence{before + 1},
                  crypto::sha256(as_bytes("a batch"))}};
  header.transactions_root = crypto::sha256(as_bytes("transactions"));
  return header;
}

void SimplexRig::propose(const consensus::Header& header,
                         std::vector<consensus::Certificate> support) {
  const std::uint32_t from = leader(header.view.number);
  const consensus::Vote vote{VoteKind::Notarize, binding().epoch, header.view, digest(header)};
  const auto signature = signatures_.sign(binding(), ValidatorIndex{from}, vote).signature;
  deliver(from, consensus::Proposal{header, signature, std::move(support)});
}

void SimplexRig::notarize(const consensus::Header& header) {
  if (leader(header.view.number) != options_.own) propose(header);
  check_payload(header, consensus::PayloadVerdict::Valid);
  deliver_certificate(certify(VoteKind::Notarize, header.view.number, digest(header)));
}

void SimplexRig::check_payload(const consensus::Header& header, consensus::PayloadVerdict verdict) {
  step(consensus::PayloadChecked{digest(header), verdict});
}

bool SimplexRig::has_signed(VoteKind kind, std::uint64_t view, const crypto::Digest& block) const {
  const consensus::Vote vote{kind, binding().epoch, View{view}, block};
  const auto requests = all<consensus::Sign>();
  return std::any_of(requests.begin(), requests.end(), [&](const consensus::Sign& sign) {
    return sign.vote == vote;
  });
}

std::optional<Instant> SimplexRig::timer(consensus::Timer timer) const {
  const auto armed = timers_.find(timer);
  if (armed == timers_.end()) return std::nullopt;
  return armed->second.at;
}

}  // namespace troupe::support
