#include "tools/troupe/key_file.hpp"

#include <boost/test/unit_test.hpp>
#include <sys/stat.h>

#include "tests/support/temporary_folder.hpp"

namespace troupe::tools {

namespace {

KeyFile alice() {
  return {KeyKind::Account, "alice", true, derived_seed("test", "account/alice")};
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  BOOST_TEST_REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

std::string error_of(const std::string& content) {
  const auto key = parse_key(content, "/k/alice.key");
  BOOST_TEST_REQUIRE(!key.ok());
  return key.error().message;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(key_file_test)

BOOST_AUTO_TEST_CASE(a_key_is_read_back_as_it_was_written) {
  const auto key = parse_key(format_key(alice()), "/k/alice.key");

  BOOST_TEST_REQUIRE(key.ok());
  BOOST_TEST(key->name == "alice");
  BOOST_TEST(key->development);
  BOOST_TEST((key->seed == alice().seed));
}

BOOST_AUTO_TEST_CASE(every_broken_line_is_named_with_its_number) {
  const std::string good = format_key(alice());

  BOOST_TEST(error_of("garbage").find("/k/alice.key:1:") == 0u);
  BOOST_TEST(error_of(replaced(good, "troupe-key 1", "troupe-key 2")).find("/k/alice.key:1:") ==
             0u);
  BOOST_TEST(error_of(replaced(good, "kind account", "kind throne")).find("/k/alice.key:2:") == 0u);
  BOOST_TEST(error_of(replaced(good, "name alice", "name ../alice")).find("/k/alice.key:3:") == 0u);
  BOOST_TEST(error_of(replaced(good, "purpose development", "purpose x")).find("/k/alice.key:4:") ==
             0u);
  BOOST_TEST(error_of(replaced(good, "seed ", "seed 0")).find("/k/alice.key:6:") == 0u);
  BOOST_TEST(error_of(good + "more\n").find("/k/alice.key:7:") == 0u);
}

BOOST_AUTO_TEST_CASE(a_key_cut_anywhere_is_refused) {
  const std::string good = format_key(alice());

  for (std::size_t size = 0; size < good.size(); ++size) {
    BOOST_TEST(!parse_key(good.substr(0, size), "/k/alice.key").ok());
  }
}

BOOST_AUTO_TEST_CASE(a_public_key_that_does_not_belong_to_the_seed_is_refused) {
  const KeyFile bob{KeyKind::Account, "bob", true, derived_seed("test", "account/bob")};
  const std::string mixed = replaced(
      format_key(alice()), alice().pair().public_key().hex(), bob.pair().public_key().hex());

  BOOST_TEST(error_of(mixed).find("does not belong to the seed") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_key_file_is_private_and_never_overwritten) {
  const support::TemporaryFolder folder;
  const fs::path path = folder.path() / "alice.key";

  BOOST_TEST(save_key(path, alice()).ok());
  const auto again = save_key(path, alice());

  BOOST_TEST((mode_of(path) == 0600u));
  BOOST_TEST_REQUIRE(!again.ok());
  BOOST_TEST(again.error().code == "exists");
}

BOOST_AUTO_TEST_CASE(a_key_that_others_may_read_is_refused_with_the_command_that_closes_it) {
  const support::TemporaryFolder folder;
  const fs::path path = folder.path() / "alice.key";
  BOOST_TEST_REQUIRE(save_key(path, alice()).ok());
  chmod(path.c_str(), 0644);

  const auto key = load_key(path, KeyKind::Account);

  BOOST_TEST_REQUIRE(!key.ok());
  BOOST_TEST(key.error().code == "open-key");
  BOOST_TEST(key.error().hint.find("chmod 600") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_key_of_another_kind_is_refused) {
  const support::TemporaryFolder folder;
  const fs::path path = folder.path() / "alice.key";
  BOOST_TEST_REQUIRE(save_key(path, alice()).ok());

  BOOST_TEST(load_key(path, KeyKind::Account).ok());
  BOOST_TEST(!load_key(path, KeyKind::Validator).ok());
  BOOST_TEST(load_key(folder.path() / "bob.key", KeyKind::Account).error().code == "no-key");
}

BOOST_AUTO_TEST_CASE(a_derived_seed_follows_from_text_and_purpose_alone) {
  BOOST_TEST((derived_seed("a", "b") == derived_seed("a", "b")));
  BOOST_TEST((derived_seed("a", "b") != derived_seed("a", "c")));
  BOOST_TEST((derived_seed("ab", "") != derived_seed("b", "a")));
  BOOST_TEST((random_seed() != random_seed()));
}

BOOST_AUTO_TEST_CASE(a_plain_name_cannot_lead_out_of_its_folder) {
  BOOST_TEST(is_plain_name("alice-2.x_y"));
  BOOST_TEST(!is_plain_name(""));
  BOOST_TEST(!is_plain_name(".."));
  BOOST_TEST(!is_plain_name("a/b"));
  BOOST_TEST(!is_plain_name("-a"));
  BOOST_TEST(!is_plain_name(std::string(65, 'a')));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::tools
