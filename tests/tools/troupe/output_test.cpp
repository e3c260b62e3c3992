#include "tools/troupe/output.hpp"

#include <cstdio>
#include <cstdlib>

#include <boost/test/unit_test.hpp>

namespace troupe::tools {

namespace {

/// What a printer wrote to each of its two streams, and the exit code it gave.
struct Printed {
  std::string out;
  std::string err;
  ExitCode code;
};

class MemoryFile {
 public:
  MemoryFile() : file_(open_memstream(&data_, &size_)) {}

  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  ~MemoryFile() {
    std::fclose(file_);
    std::free(data_);
  }

  [[nodiscard]] std::FILE* get() const { return file_; }

  [[nodiscard]] std::string text() const {
    std::fflush(file_);
    return {data_, size_};
  }

 private:
  char* data_ = nullptr;
  std::size_t size_ = 0;
  std::FILE* file_;
};

Printed print(const Answer<Report>& answer, const OutputOptions& options) {
  const MemoryFile out;
  const MemoryFile err;
  Printer printer(options, out.get(), err.get());
  const ExitCode code = printer.print(answer);
  return {out.text(), err.text(), code};
}

Printed print(const Answer<Report>& answer, Format format) {
  OutputOptions options;
  options.format = format;
  return print(answer, options);
}

Report two_nodes() {
  Report report;
  report.rows = "nodes";
  report.fields = {{"net", "demo"}, {"nodes", {{{"node", "n1"}}, {{"node", "n2"}}}}};
  report.parts = {Table{{"NODE", "STATE"}, {{"n1", "leader"}, {"n2", "stopped"}}},
                  Remark{"one is down"}};
  return report;
}

const CommandError kLost{
    ExitCode::Unreachable, "unreachable", "node n1 is gone", "start it: troupe up"};

}  // namespace

BOOST_AUTO_TEST_SUITE(output_test)

BOOST_AUTO_TEST_CASE(a_table_on_a_terminal_is_aligned_under_a_head) {
  const Printed printed = print(two_nodes(), Format::TableText);

  BOOST_TEST(printed.out == "NODE  STATE\nn1    leader\nn2    stopped\n");
  BOOST_TEST(printed.err == "one is down\n");
  BOOST_TEST((printed.code == ExitCode::Done));
}

BOOST_AUTO_TEST_CASE(a_piped_table_is_tab_separated_without_a_head) {
  BOOST_TEST(print(two_nodes(), Format::PlainText).out == "n1\tleader\nn2\tstopped\n");
}

BOOST_AUTO_TEST_CASE(json_prints_one_object_and_nothing_else) {
  const Printed printed = print(two_nodes(), Format::JsonObject);

  BOOST_TEST(printed.out ==
             "{\"ok\":true,\"net\":\"demo\",\"nodes\":[{\"node\":\"n1\"},{\"node\":\"n2\"}]}\n");
  BOOST_TEST(printed.err.empty());
}

BOOST_AUTO_TEST_CASE(json_lines_print_one_object_a_row) {
  BOOST_TEST(print(two_nodes(), Format::JsonLines).out == "{\"node\":\"n1\"}\n{\"node\":\"n2\"}\n");
}

BOOST_AUTO_TEST_CASE(an_error_goes_to_stderr_with_its_hint_and_its_exit_code) {
  const Printed printed = print(refuse(kLost), Format::PlainText);

  BOOST_TEST(printed.out.empty());
  BOOST_TEST(printed.err == "error: node n1 is gone\n  hint: start it: troupe up\n");
  BOOST_TEST((printed.code == ExitCode::Unreachable));
}

BOOST_AUTO_TEST_CASE(an_error_under_json_is_one_object_on_stdout) {
  const Printed printed = print(refuse(kLost), Format::JsonObject);

  BOOST_TEST(printed.out ==
             "{\"ok\":false,\"error\":{\"code\":\"unreachable\",\"message\":\"node n1 is "
             "gone\",\"hint\":\"start it: troupe up\"}}\n");
  BOOST_TEST(printed.err.empty());
  BOOST_TEST((printed.code == ExitCode::Unreachable));
}

BOOST_AUTO_TEST_CASE(a_report_with_a_problem_shows_both_and_is_still_one_object) {
  Report report = two_nodes();
  report.problem = kLost;

  const Json object = Json::parse(print(report, Format::JsonObject).out);
  const Printed human = print(report, Format::PlainText);

  BOOST_TEST(object.at("ok") == false);
  BOOST_TEST(object.at("error").at("code") == "unreachable");
  BOOST_TEST(object.at("nodes").size() == 2u);
  BOOST_TEST(human.out == "n1\tleader\nn2\tstopped\n");
  BOOST_TEST((human.code == ExitCode::Unreachable));
}

BOOST_AUTO_TEST_CASE(quiet_leaves_out_remarks_and_not_data_or_errors) {
  OutputOptions options;
  options.quiet = true;

  BOOST_TEST(print(two_nodes(), options).err.empty());
  BOOST_TEST(!print(two_nodes(), options).out.empty());
  BOOST_TEST(!print(refuse(kLost), options).err.empty());
}

BOOST_AUTO_TEST_CASE(colour_marks_the_head_and_the_word_error_alone) {
  OutputOptions options;
  options.format = Format::TableText;
  options.color = true;
  options.color_errors = true;

  BOOST_TEST(print(two_nodes(), options).out.starts_with("\033[1mNODE  STATE\033[0m\n"));
  BOOST_TEST(print(refuse(kLost), options).err.starts_with("\033[31merror:\033[0m node"));
}

BOOST_AUTO_TEST_CASE(a_table_is_cut_at_the_terminals_width) {
  const Table table{{"KEY", "VALUE"}, {{"a", "0123456789"}}};

  BOOST_TEST(aligned(table, 10, false) == "KEY  VALUE\na    0123…\n");
  BOOST_TEST(aligned(table, 0, false) == "KEY  VALUE\na    0123456789\n");
}

BOOST_AUTO_TEST_CASE(columns_align_by_characters_and_not_by_bytes) {
  const Table table{{"NAME", "N"}, {{"Zoë", "1"}, {"Bob", "2"}}};

  BOOST_TEST(aligned(table, 0, false) == "NAME  N\nZoë   1\nBob   2\n");
}

BOOST_AUTO_TEST_CASE(what_would_break_a_row_is_escaped) {
  BOOST_TEST(escaped("a\tb\nc\\d") == "a\\tb\\nc\\\\d");
  BOOST_TEST(escaped(std::string_view("\x00\x1b[31m\x7f", 7)) == "\\x00\\x1b[31m\\x7f");
  BOOST_TEST(escaped("\xff\xc3") == "\\xff\\xc3");
  BOOST_TEST(escaped("größer €") == "größer €");
}

BOOST_AUTO_TEST_CASE(utf8_is_told_from_what_only_looks_like_it) {
  BOOST_TEST(is_utf8("plain, größer, €, 😀"));
  BOOST_TEST(!is_utf8("\xc0\x80"));          // longer than needed
  BOOST_TEST(!is_utf8("\xed\xa0\x80"));      // a surrogate
  BOOST_TEST(!is_utf8("\xf4\x90\x80\x80"));  // above the last code point
  BOOST_TEST(!is_utf8("\xe2\x82"));          // cut
}

BOOST_AUTO_TEST_CASE(bytes_that_are_no_text_still_make_valid_json) {
  Report report;
  report.fields["value"] = "\xff";

  BOOST_TEST(Json::accept(print(report, Format::JsonObject).out));
}

BOOST_AUTO_TEST_CASE(progress_is_for_terminals_only) {
  OutputOptions options;
  const MemoryFile out;
  const MemoryFile err;
  Printer piped(options, out.get(), err.get());
  piped.progress("importing", 1, 2);
  BOOST_TEST(err.text().empty());

  options.progress = true;
  Printer terminal(options, out.get(), err.get());
  terminal.progress("importing", 1, 2);
  BOOST_TEST(err.text().find("50 %") != std::string::npos);
  BOOST_TEST(out.text().empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::tools
