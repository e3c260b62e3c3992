#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>

#include "actors/admin_messages.hpp"
#include "actors/local_link.hpp"
#include "tools/troupe/files.hpp"

// A node as a command sees it: questions and answers, nothing of how they travel. The program
// attaches to a running node's admin actor (attached_client.hpp); the tests put a ledger of their
// own in its place.
namespace troupe::tools {

/// Hears one answer. May be called from another thread than the asker's, and before the question's
/// call has returned.
template <class T>
using Receive = std::function<void(Answer<T>)>;

/// Hears events in order. An error is the last thing that it hears: the node is lost.
using HearEvents = std::function<void(Answer<actors::EventBatch>)>;

/// What an attached client may do; the node holds it to that.
enum class Access : std::uint8_t { Operate, View };

/// One node that a command is attached to. Every question is answered exactly once: by the node,
/// or with the error unreachable as soon as the node is lost, or timed-out.
class NodeClient {
 public:
  NodeClient() = default;
  NodeClient(const NodeClient&) = delete;
  NodeClient& operator=(const NodeClient&) = delete;
  virtual ~NodeClient() = default;

  virtual void submit(actors::SubmitRequest request, Receive<actors::SubmitReply> receive) = 0;
  virtual void outcome(actors::OutcomeQuery query, Receive<actors::SubmitReply> receive) = 0;
  virtual void transaction(actors::TransactionQuery query,
                           Receive<actors::TransactionReport> receive) = 0;
  virtual void status(Receive<actors::StatusReport> receive) = 0;
  virtual void peers(Receive<actors::PeersReport> receive) = 0;
  virtual void blocks(actors::BlockQuery query, Receive<actors::BlocksReport> receive) = 0;
  virtual void records(actors::RecordQuery query, Receive<actors::RecordsReport> receive) = 0;

  /// Lets a peer follow the network, or no longer; whether that was news.
  virtual void admit(std::string peer, bool is_follower, Receive<bool> receive) = 0;
  /// Asks for what has the node's validator vote again.
  virtual void rejoin(Receive<actors::RejoinReport> receive) = 0;
  /// Cuts the node off from a peer, or mends that; whether that was news.
  virtual void sever(std::string peer, bool is_severed, Receive<bool> receive) = 0;
  /// Has the node suffer from within; whether it does now.
  virtual void hinder(actors::Hindrance hindrance, Receive<bool> receive) = 0;
  /// Has the node take no part, or take part again; whether that was news.
  virtual void pause(bool is_paused, Receive<bool> receive) = 0;

  // How the node itself is doing.
  virtual void cast(actors::ActorsQuery query, Receive<actors::ActorsReport> receive) = 0;
  virtual void lanes(Receive<actors::LanesReport> receive) = 0;
  virtual void votes(actors::VotesQuery query, Receive<actors::VotesReport> receive) = 0;
  virtual void facts(Receive<actors::FactsReport> receive) = 0;
  virtual void evidence(Receive<actors::EvidenceReport> receive) = 0;
  virtual void configuration(Receive<actors::ConfigReport> receive) = 0;
  virtual void set_log(actors::LogRequest request, Receive<bool> receive) = 0;

  /// Hears events for as long as the client lives, at the pace at which `hear` returns; it may be
  /// called from another thread. The query's sink and credit are the client's to fill in.
  /// `receive` is told once whether the node agreed.
  virtual void watch(actors::EventsQuery query, HearEvents hear, Receive<Done> receive) = 0;
  virtual void prove(actors::ProofQuery query, Receive<actors::ProofReport> receive) = 0;
  virtual void scrub(actors::ScrubQuery query, Receive<actors::ScrubReport> receive) = 0;
  virtual void snapshot(actors::SnapshotQuery query, Receive<actors::SnapshotReport> receive) = 0;
};

/// Where a node is reached, and how that reads in an error.
struct NodeAddress {
  std::string text;
  actors::LinkConnector connect;
};

/// Where clients come from.
class ClientFactory {
 public:
  ClientFactory() = default;
  ClientFactory(const ClientFactory&) = delete;
  ClientFactory& operator=(const ClientFactory&) = delete;
  virtual ~ClientFactory() = default;

  /// Attaches to the node at an address. Safe to call from several threads at once.
  /// Errors: unreachable, timed-out. `node` is its name, for the errors.
  virtual Answer<std::unique_ptr<NodeClient>> attach(const std::string& node,
                                                     const NodeAddress& address,
                                                     std::chrono::milliseconds timeout,
                                                     Access access) = 0;
};

/// Asks one question and waits for the answer: `ask<StatusReport>([&](auto receive) { ... })`.
template <class T, class Question>
Answer<T> ask(Question question) {
  struct Box {
    std::mutex mutex;
    std::condition_variable arrived;
    std::optional<Answer<T>> answer;
  };

  auto box = std::make_shared<Box>();
  question(Receive<T>([box](Answer<T> answer) {
    const std::lock_guard lock(box->mutex);
    box->answer.emplace(std::move(answer));
    box->arrived.notify_one();
  }));
  std::unique_lock lock(box->mutex);
  box->arrived.wait(lock, [&] { return box->answer.has_value(); });
  return std::move(*box->answer);
}

}  // namespace troupe::tools
