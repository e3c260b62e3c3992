#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "protocol/codec/wire.hpp"
#include "tests/protocol/ledger/lane_samples.hpp"

// Four mempools on a stage of their own: virtual time, a network that loses, delays and reorders, a
// partition, nodes that die and come back with nothing but their disk. Consensus is played by an
// oracle that asks a leader for a proposal and everybody for availability, and calls a block final
// once three of four found it valid.
namespace troupe::ledger::samples {

inline constexpr std::uint32_t kNodes = 4;
inline constexpr std::uint32_t kQuorum = 3;

struct Faults {
  std::uint32_t loss_percent = 0;
  Duration delay_max = std::chrono::milliseconds(3);
  bool has_partition = false;  ///< nodes 0 and 1 do not hear nodes 2 and 3
};

class LanesWorld {
 public:
  explicit LanesWorld(std::uint64_t seed) : random_(seed) {
    for (std::uint32_t i = 0; i < kNodes; ++i)
      start(i);
    push(std::chrono::milliseconds(10), 0, NextView{});
  }

  Faults faults;

  /// Lets the virtual time pass.
  void run_for(Duration duration) {
    const Instant end = now_ + duration;
    while (!events_.empty() && events_.begin()->first.first <= end) {
      const auto event = events_.extract(events_.begin());
      now_ = event.key().first;
      handle(event.mapped());
    }
    now_ = end;
  }

  /// A client of this node sends some transactions.
  void submit(std::uint32_t node, std::size_t count) {
    std::vector<Transaction> transactions;
    for (std::size_t i = 0; i < count; ++i) {
      const std::string text = "note " + std::to_string(submitted_++);
      transactions.push_back(note_of("alice", text, Height{height_.number + 1000}));
    }
    input(node, submission_of(transactions));
  }

  /// The process dies: memory and what was on its way to the disk are lost. It starts again at once.
  void restart(std::uint32_t node) {
    nodes_[node].machine.reset();
    ++nodes_[node].life;
    ++restarts_;
    for (std::uint32_t other = 0; other < kNodes; ++other) {
      if (other != node) input(other, PeerDisconnected{PeerNumber{node}});
    }
    start(node);
  }

  /// Every node holds the same lanes, and all of it is ordered.
  void check_converged() const {
    for (const World& node : nodes_) {
      BOOST_TEST(!node.has_work);
      BOOST_TEST(node.machine->status().fetches == 0u);
      BOOST_TEST(node.machine->status().waiting_transactions == 0u);
      for (const LaneStatus& status : node.machine->lane_statuses()) {
        BOOST_TEST((status.ordered == samples_tip(tips_, status.lane)));
        BOOST_TEST(status.held.number == status.ordered.sequence.number);
      }
    }
  }

  [[nodiscard]] std::uint64_t ordered() const { return ordered_ids_.size(); }

  [[nodiscard]] std::uint64_t height() const { return height_.number; }

  [[nodiscard]] std::uint64_t accepted() const { return accepted_; }

  [[nodiscard]] std::uint64_t fetched() const { return fetched_; }

  [[nodiscard]] crypto::Digest trace() { return crypto::sha256(trace_); }

  samples::Random& random() { return random_; }

 private:
  struct World {
    std::unique_ptr<Mempool> machine;
    std::uint64_t life = 0;
    std::optional<Instant> timer;
    bool has_work = false;
    // What survives: batches by digest, the followed branch, the signer's journal, the ledger.
    std::map<crypto::Digest, BatchPointer> disk;
    std::map<std::pair<ValidatorIndex, Sequence>, crypto::Digest> index;
    std::map<Sequence, crypto::Digest> journal;
    Height height;
    std::vector<LaneTip> tips;
  };

  struct Block {
    Height height;
    View view;
    std::uint32_t leader = 0;
    crypto::Digest digest;
    std::vector<LaneTip> parent_tips;
    std::vector<LaneTip> tips;
    crypto::Digest transactions_root;
    std::set<std::uint32_t> valid;
  };

  struct NextView {};

  struct ViewTimeout {
    View view;
  };

  struct Message {
    std::uint32_t from;
    Bytes bytes;
  };

  struct Execute {
    std::size_t block;
  };

  using Happening = std::variant<MempoolInput, NextView, ViewTimeout, Message, Execute, StoreBatch>;

  struct Event {
    std::uint32_t node;
    std::uint64_t life;
    Happening what;
  };

  static LaneTip samples_tip(const std::vector<LaneTip>& tips, ValidatorIndex lane) {
    return ledger::tip_of(tips, lane, root());
  }

  void push(Duration after, std::uint32_t node, Happening what) {
    const std::pair key{now_ + after, ++events_pushed_};
    events_.emplace(key, Event{node, nodes_[node].life, std::move(what)});
  }

  Duration draw(Duration end) {
    return Duration(
        static_cast<std::int64_t>(below(random_, static_cast<std::uint64_t>(end.count()) + 1)));
  }

  void start(std::uint32_t index) {
    World& node = nodes_[index];
    MempoolRecovery recovery{.height = node.height, .tips = node.tips, .batches = {}};
    for (const auto& [place, digest] : node.index) {
      if (place.second > samples_tip(node.tips, place.first).sequence) {
        recovery.batches.push_back(node.disk.at(digest));
      }
    }
    MempoolConfig config = config_of(index);
    config.rules.batches_max = 24;
    node.machine = std::make_unique<Mempool>(config, recovery);
    node.has_work = false;
    node.timer.reset();
    input(index, Started{});
    for (std::uint32_t other = 0; other < kNodes; ++other) {
      if (other == index || !nodes_[other].machine) continue;
      input(index, PeerConnected{PeerNumber{other}});
      input(other, PeerConnected{PeerNumber{index}});
    }
    catch_up(index);
  }

  /// What the synchronizer does: final blocks that the node missed come with their batches.
  void catch_up(std::uint32_t index) {
    for (std::size_t block = static_cast<std::size_t>(nodes_[index].height.number);
         block < blocks_.size();
         ++block) {
      push(std::chrono::milliseconds(20), index, Execute{block});
    }
  }

  void handle(const Event& event) {
    World& node = nodes_[event.node];
    if (const auto* view = std::get_if<ViewTimeout>(&event.what)) {
      end_view(view->view);
    } else if (std::holds_alternative<NextView>(event.what)) {
      begin_view();
    } else if (event.life != node.life) {
      return;
    } else if (const auto* input_event = std::get_if<MempoolInput>(&event.what)) {
      input(event.node, *input_event);
    } else if (const auto* message = std::get_if<Message>(&event.what)) {
      deliver(event.node, *message);
    } else if (const auto* store = std::get_if<StoreBatch>(&event.what)) {
      write(node, *store);
      input(event.node, BatchStored{store->batch->digest()});
    } else if (const auto* execute = std::get_if<Execute>(&event.what)) {
      run_block(event.node, execute->block);
    }
  }

  void write(World& node, const StoreBatch& store) {
    const crypto::Digest digest = store.batch->digest();
    const auto [place, is_new] = node.disk.try_emplace(digest, store.batch);
    if (!is_new && is_signed(*store.batch)) place->second = store.batch;
    const BatchPlace& where = store.batch->place();
    if (store.followed) node.index[{where.lane, where.sequence}] = digest;
  }

  void input(std::uint32_t index, MempoolInput content) {
    World& node = nodes_[index];
    if (!node.machine) return;
    const Now now{.instant = now_, .timestamp = {}};
    for (const MempoolEffect& effect : node.machine->step(std::move(content), now)) {
      std::visit([this, index](const auto& each) { perform(index, each); }, effect);
      trace_.push_back(static_cast<std::uint8_t>(effect.index()));
      trace_.push_back(static_cast<std::uint8_t>(index));
    }
    set_timer(index);
  }

  void set_timer(std::uint32_t index) {
    World& node = nodes_[index];
    const auto deadline = node.machine->next_deadline();
    if (!deadline) return;
    const Instant when = std::max(*deadline, now_ + Duration(1));
    if (node.timer && *node.timer > now_ && *node.timer <= when) return;
    node.timer = when;
    push(when - now_, index, MempoolInput{TimerFired{}});
  }

  void send(std::uint32_t from, PeerNumber to, const LaneMessage& message) {
    const auto target = static_cast<std::uint32_t>(to.number);
    const bool is_cut = faults.has_partition && (from < 2) != (target < 2);
    const bool is_lost = below(random_, 100) < faults.loss_percent;
    const Duration delay = draw(faults.delay_max);
    if (is_cut || is_lost) return;
    push(delay, target, Message{from, encode(message)});
  }

  void deliver(std::uint32_t to, const Message& message) {
    const auto decoded = decode_lane_message(message.bytes);
    BOOST_REQUIRE(decoded.ok());
    const PeerNumber from{message.from};
    if (const auto* batch = std::get_if<BatchMessage>(&*decoded)) {
      input(to, BatchReceived{.from = from, .batch = read(batch->encoded)});
    } else if (const auto* acks = std::get_if<AckMessage>(&*decoded)) {
      input(to, AcksReceived{.from = from, .acks = acks->acks});
    } else if (const auto* request = std::get_if<BatchRequest>(&*decoded)) {
      input(to, RequestReceived{.from = from, .ranges = request->ranges});
    } else if (const auto* answer = std::get_if<BatchAnswer>(&*decoded)) {
      BatchesReceived received{.from = from, .batches = {}, .absent = answer->absent};
      for (const ByteView encoded : answer->batches)
        received.batches.push_back(read(encoded));
      fetched_ += received.batches.size();
      input(to, std::move(received));
    }
  }

  static BatchPointer read(ByteView encoded) {
    auto batch = Batch::decode(encoded);
    BOOST_REQUIRE(batch.ok());
    return std::make_shared<const Batch>(std::move(batch).value());
  }

  /// The batches of these ranges that a node's disk holds, and the tips that it does not.
  std::vector<BatchPointer> look_up(const World& node,
                                    const std::vector<BatchRange>& ranges,
                                    std::vector<crypto::Digest>& absent) const {
    std::vector<BatchPointer> found;
    for (const BatchRange& range : ranges) {
      crypto::Digest digest = range.tip;
      for (std::uint64_t i = 0; i < range.count && found.size() < 8; ++i) {
        const auto position = node.disk.find(digest);
        const bool is_there = position != node.disk.end() && is_signed(*position->second);
        if (!is_there && i == 0) absent.push_back(digest);
        if (!is_there) break;
        found.push_back(position->second);
        digest = position->second->place().parent;
      }
    }
    return found;
  }

  void perform(std::uint32_t, const SubmissionAnswered& answer) {
    for (const auto& verdict : answer.verdicts)
      accepted_ += verdict.ok() ? 1 : 0;
  }

  void perform(std::uint32_t index, const StoreBatch& store) {
    push(draw(std::chrono::milliseconds(2)), index, store);
  }

  void perform(std::uint32_t index, const StoreSignature& store) {
    nodes_[index].disk[store.batch->digest()] = store.batch;
  }

  /// The signer: one digest per sequence, for all the lives of the node.
  void perform(std::uint32_t index, const SignBatch& sign) {
    BOOST_REQUIRE(nodes_[index].disk.contains(sign.digest));
    const auto [entry, is_new] =
        nodes_[index].journal.try_emplace(sign.header.place.sequence, sign.digest);
    BOOST_REQUIRE_MESSAGE(entry->second == sign.digest, "a lane forked across a restart");
    const BatchSigned answer{.digest = sign.digest, .signature = signature_of(1)};
    push(draw(std::chrono::milliseconds(2)), index, MempoolInput{answer});
  }

  void perform(std::uint32_t index, const VerifyBatch& verify) {
    const BatchVerified answer{.batch = verify.batch, .verdict = BatchVerdict::Valid};
    push(draw(std::chrono::milliseconds(1)), index, MempoolInput{answer});
  }

  void perform(std::uint32_t index, const StreamBatch& stream) {
    BOOST_REQUIRE(is_signed(*stream.batch));
    BOOST_REQUIRE(nodes_[index].disk.contains(stream.batch->digest()));
    send(index, stream.to, BatchMessage{stream.batch->encoded()});
  }

  void perform(std::uint32_t index, const SendAcks& acks) {
    for (const LaneAck& ack : acks.acks) {
      const bool is_root = ack.sequence == Sequence{0} && ack.digest == root();
      BOOST_REQUIRE(is_root || nodes_[index].disk.contains(ack.digest));
    }
    send(index, acks.to, AckMessage{acks.acks});
  }

  void perform(std::uint32_t index, const RequestBatches& request) {
    send(index, request.to, BatchRequest{request.ranges});
  }

  void perform(std::uint32_t index, const LoadBatches& load) {
    BatchesLoaded loaded;
    loaded.batches = look_up(nodes_[index], load.ranges, loaded.absent);
    push(draw(std::chrono::milliseconds(1)), index, MempoolInput{std::move(loaded)});
  }

  void perform(std::uint32_t index, const ServeBatches& serve) {
    BatchAnswer answer;
    const auto batches = look_up(nodes_[index], serve.ranges, answer.absent);
    for (const BatchPointer& batch : batches)
      answer.batches.push_back(batch->encoded());
    send(index, serve.to, answer);
    push(Duration(0), index, MempoolInput{BatchesServed{serve.to}});
  }

  void perform(std::uint32_t index, const PayloadChecked& checked) {
    if (!block_ || checked.block != block_->digest) return;
    BOOST_REQUIRE(checked.verdict != PayloadVerdict::Invalid);
    if (checked.verdict == PayloadVerdict::Missing) return;
    check_bytes(nodes_[index]);
    block_->valid.insert(index);
    if (block_->valid.size() == kQuorum) finalize();
  }

  /// "Valid" means: this node can produce the bytes of everything between the parent and the block.
  void check_bytes(const World& node) const {
    for (const LaneTip& tip : block_->tips) {
      const Sequence first = samples_tip(block_->parent_tips, tip.lane).sequence;
      crypto::Digest digest = tip.digest;
      for (std::uint64_t i = first.number; i < tip.sequence.number; ++i) {
        BOOST_REQUIRE(node.disk.contains(digest));
        digest = node.disk.at(digest)->place().parent;
      }
    }
  }

  void perform(std::uint32_t index, const ProposalBuilt& built) {
    Block block{.height = height_.next(),
                .view = built.view,
                .leader = index,
                .digest = {},
                .parent_tips = tips_,
                .tips = built.tips,
                .transactions_root = built.transactions_root,
                .valid = {}};
    codec::Writer name;
    block.digest = crypto::sha256(name.varint(view_.number).fixed(root().view()).view());
    block_ = std::move(block);
  }

  void perform(std::uint32_t index, const WorkChanged& changed) {
    nodes_[index].has_work = changed.present;
  }

  void perform(std::uint32_t index, const ForgetBatches& forget) {
    for (const crypto::Digest& digest : forget.digests)
      nodes_[index].disk.erase(digest);
  }

  void perform(std::uint32_t, const EvidenceFound&) { BOOST_ERROR("an honest lane was accused"); }

  void perform(std::uint32_t, const OwnLaneHalted&) { BOOST_ERROR("an honest lane was halted"); }

  void begin_view() {
    view_ = view_.next();
    push(std::chrono::milliseconds(400), 0, ViewTimeout{view_});
    const auto leader = static_cast<std::uint32_t>(view_.number % kNodes);
    if (nodes_[leader].height != height_) return;
    input(leader, BuildProposal{.view = view_, .parent_tips = tips_});
    BOOST_REQUIRE(block_.has_value());
    const CheckPayload check{.block = block_->digest,
                             .parent_tips = tips_,
                             .tips = block_->tips,
                             .transactions_root = block_->transactions_root,
                             .executed = {},
                             .holders = {ValidatorIndex{leader}}};
    for (std::uint32_t i = 0; i < kNodes; ++i) {
      if (nodes_[i].height == height_) push(draw(faults.delay_max), i, MempoolInput{check});
    }
  }

  void end_view(View view) {
    if (view != view_) return;
    if (block_) {
      input(block_->leader, OwnViewFailed{view});
      for (std::uint32_t i = 0; i < kNodes; ++i)
        input(i, AbandonPayload{block_->digest});
    }
    block_.reset();
    begin_view();
  }

  void finalize() {
    height_ = block_->height;
    tips_ = block_->tips;
    blocks_.push_back(*block_);
    for (std::uint32_t i = 0; i < kNodes; ++i) {
      if (nodes_[i].machine) push(draw(faults.delay_max), i, Execute{blocks_.size() - 1});
    }
    block_.reset();
    view_ = view_.next();  // the old view's timeout is over
    push(std::chrono::milliseconds(10), 0, NextView{});
  }

  void run_block(std::uint32_t index, std::size_t number) {
    World& node = nodes_[index];
    const Block& block = blocks_[number];
    if (block.height <= node.height) return;
    if (block.height != node.height.next()) return catch_up(index);
    const auto ids = std::make_shared<std::vector<crypto::Digest>>();
    for (const LaneTip& tip : block.tips)
      fetch_final(node, block, tip, *ids);
    for (const crypto::Digest& id : *ids)
      ordered_ids_.insert(id);
    node.height = block.height;
    node.tips = block.tips;
    input(index, Ordered{.height = block.height, .tips = block.tips, .ids = ids});
  }

  /// Puts what the block ordered of one lane on the node's disk, from whoever has it.
  void fetch_final(World& node,
                   const Block& block,
                   const LaneTip& tip,
                   std::vector<crypto::Digest>& ids) {
    crypto::Digest digest = tip.digest;
    const Sequence first = samples_tip(block.parent_tips, tip.lane).sequence;
    for (std::uint64_t i = first.number; i < tip.sequence.number; ++i) {
      for (const World& other : nodes_) {
        const auto position = other.disk.find(digest);
        if (position != other.disk.end()) node.disk.try_emplace(digest, position->second);
      }
      BOOST_REQUIRE(node.disk.contains(digest));
      const Batch& batch = *node.disk.at(digest);
      for (const Transaction& each : batch.transactions())
        ids.push_back(each.id());
      digest = batch.place().parent;
    }
  }

  samples::Random random_;
  Instant now_;
  std::array<World, kNodes> nodes_;
  std::map<std::pair<Instant, std::uint64_t>, Event> events_;
  std::uint64_t events_pushed_ = 0;
  std::uint64_t submitted_ = 0;
  std::uint64_t accepted_ = 0;
  std::uint64_t restarts_ = 0;
  std::uint64_t fetched_ = 0;
  Height height_;
  View view_;
  std::vector<LaneTip> tips_;
  std::optional<Block> block_;
  std::vector<Block> blocks_;
  std::set<crypto::Digest> ordered_ids_;
  Bytes trace_;
};

}  // namespace troupe::ledger::samples
