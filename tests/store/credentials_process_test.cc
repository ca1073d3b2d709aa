#include "common/store/credentials_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>

#include "common/bytes/file_descriptor.h"
#include "common/store/helper_program.h"
#include "tests/store/aws_host.h"
#include "tests/support/child_process.h"

namespace walden {
namespace {

using testing::expect_refusal;
using testing::expect_sample;
using testing::kExpiration;
using testing::kId;
using testing::kSecret;
using testing::kToken;

std::string process_json(std::string_view version = "1") {
  return fmt::format(
      R"({{"Version":{},"AccessKeyId":"{}","SecretAccessKey":"{}","SessionToken":"{}","Expiration":"{}"}})",
      version, kId, kSecret, kToken, kExpiration);
}

class CredentialProcess : public ::testing::Test {
 protected:
  // The program is a script of the shell; the profile names it with an argument that is secret.
  void write_program(const std::string& script) {
    path = host.write("get credentials", "#!/bin/sh\n" + script);
    std::filesystem::permissions(path, std::filesystem::perms::owner_all);
    host.write_config(
        fmt::format("[default]\ncredential_process = \"{}\" --password {}\n", path, kSecret));
  }
  void write_printing_program(const std::string& output) {
    write_program(fmt::format("cat '{}'\n", host.write("output", output)));
  }
  testing::AwsHost host;
  std::string path;
};

TEST_F(CredentialProcess, PrintsTheCredentials) {
  write_printing_program(process_json() + "\n");
  expect_sample(host.credentials());
}

TEST_F(CredentialProcess, GetsItsArgumentsWithoutAShell) {
  const std::string seen = host.write("seen", "");
  write_program(fmt::format("printf '%s|' \"$@\" > '{}'; cat '{}'\n", seen,
                            host.write("output", process_json())));
  host.write_config(
      fmt::format("[default]\ncredential_process = '{}' \"two words\" $HOME *\n", path));
  expect_sample(host.credentials());
  std::ifstream file(seen);
  std::string arguments;
  std::getline(file, arguments);
  EXPECT_EQ(arguments, "two words|$HOME|*|");
}

TEST_F(CredentialProcess, MayGiveKeysWithoutAnEnd) {
  write_printing_program(R"({"Version":1,"AccessKeyId":"a","SecretAccessKey":"b"})");
  const auto credentials = host.credentials();
  ASSERT_TRUE(credentials);
  EXPECT_FALSE(credentials->expires);
  EXPECT_EQ(credentials->session_token.size(), 0U);
}

TEST_F(CredentialProcess, IsReportedWithItsStatusAndNothingThatItSaid) {
  write_program(fmt::format("echo {0}; echo {0} >&2; exit 7\n", kSecret));
  expect_refusal(host.credentials(), ErrorKind::transient, "ended with status 7");
  write_program("kill -9 $$\n");
  expect_refusal(host.credentials(), ErrorKind::transient, "died of signal 9");
}

TEST_F(CredentialProcess, IsConfigurationWhenItPrintsSomethingElse) {
  std::vector<std::string> outputs{"",
                                   kSecret,
                                   "{}",
                                   "[]",
                                   process_json("2"),
                                   process_json("\"1\""),
                                   process_json() + "x",
                                   std::string(70'000, ' ') + process_json(),
                                   R"({"Version":1,"AccessKeyId":"a","SecretAccessKey":"b",)"
                                   R"("SessionToken":"c","Expiration":"soon"})"};
  const std::string whole = process_json();
  for (std::size_t size = 1; size < whole.size(); size += 40) {
    outputs.push_back(whole.substr(0, size));
  }
  for (const std::string& output : outputs) {
    write_printing_program(output);
    expect_refusal(host.credentials(), ErrorKind::configuration,
                   "credential_process of profile default");
  }
}

TEST_F(CredentialProcess, IsConfigurationWhenItCannotBeRun) {
  host.write_config("[default]\ncredential_process = /nonexistent/get wJalrXUtnFEMI\n");
  expect_refusal(host.credentials(), ErrorKind::configuration, "cannot run /nonexistent/get");
  host.write_config("[default]\ncredential_process = 'wJalrXUtnFEMI\n");
  expect_refusal(host.credentials(), ErrorKind::configuration, "does not end");
  host.write_config("[default]\ncredential_process = ''\n");
  expect_refusal(host.credentials(), ErrorKind::configuration, "cannot run");
}

using std::chrono::seconds;

// The process group of the helper is gone: nothing of it runs on.
bool group_is_gone(const std::string& pid_file) {
  std::ifstream file(pid_file);
  int pid = 0;
  if (!(file >> pid)) return false;
  return testing::eventually([&] { return ::kill(-pid, 0) != 0; });
}

TEST_F(CredentialProcess, IsKilledWithItsChildrenAtTheDeadline) {
  const std::string pid_file = host.write("pid", "");
  const auto output = output_of(
      {.argv = {"/bin/sh", "-c", fmt::format("echo $$ > '{}'; sleep 600 & sleep 600", pid_file)},
       .deadline = seconds(3)});
  expect_refusal(output, ErrorKind::transient, "did not end within 3 s");
  EXPECT_TRUE(group_is_gone(pid_file));
}

TEST_F(CredentialProcess, IsKilledWhenWhoeverAsksHasNoMoreTime) {
  const std::string pid_file = host.write("pid", "");
  write_program(fmt::format("echo $$ > '{}'; sleep 600\n", pid_file));
  const auto source = find_credentials(host.environment());
  ASSERT_TRUE(source);
  expect_refusal((*source)->fetch(std::chrono::steady_clock::now() + seconds(3)),
                 ErrorKind::transient, "did not end within 3 s");
  EXPECT_TRUE(group_is_gone(pid_file));
}

TEST_F(CredentialProcess, IsKilledWhenItHasSpokenAndStaysOn) {
  const std::string pid_file = host.write("pid", "");
  const auto output = output_of(
      {.argv = {"/bin/sh", "-c", fmt::format("echo $$ > '{}'; exec >&-; sleep 600", pid_file)},
       .deadline = seconds(3)});
  expect_refusal(output, ErrorKind::transient, "did not end within");
  EXPECT_TRUE(group_is_gone(pid_file));
}

TEST_F(CredentialProcess, IsKilledWhenItPrintsWithoutEnd) {
  const std::string pid_file = host.write("pid", "");
  const auto output = output_of(
      {.argv = {"/bin/sh", "-c", fmt::format("echo $$ > '{}'; exec cat /dev/zero", pid_file)}});
  expect_refusal(output, ErrorKind::configuration, "printed more than 65536 bytes");
  EXPECT_TRUE(group_is_gone(pid_file));
}

TEST_F(CredentialProcess, GetsNoInputAndNoOpenFiles) {
  const FileDescriptor inherited(::open("/dev/null", O_RDONLY));  // not closed by exec
  ASSERT_TRUE(inherited);
  const auto output = output_of({.argv = {"/bin/sh", "-c", "cat; ls /proc/self/fd | wc -l"}});
  ASSERT_TRUE(output);
  // 0, 1, 2 and the folder that ls reads.
  EXPECT_EQ(std::stoi(std::string(text_of(output->view()))), 4);
}

TEST_F(CredentialProcess, SpeaksToNobodyOnStandardError) {
  const auto output = output_of({.argv = {"readlink", "/proc/self/fd/2"}});
  ASSERT_TRUE(output);
  EXPECT_EQ(text_of(output->view()), "/dev/null\n");
}

}  // namespace
}  // namespace walden
