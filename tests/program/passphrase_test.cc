#include "common/program/passphrase.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pty.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <functional>

#include "common/bytes/file_descriptor.h"
#include "tests/support/child_process.h"

namespace walden {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;

// A child with a terminal of its own, and the person in front of it.
class Person {
 public:
  explicit Person(const std::function<int()>& program) {
    int master = -1;
    child_ = ::forkpty(&master, nullptr, nullptr, nullptr);
    if (child_ == 0) ::_exit(program());
    terminal_ = FileDescriptor(master);
  }
  Person(const Person&) = delete;
  Person& operator=(const Person&) = delete;
  ~Person() {
    if (child_ <= 0) return;
    ::kill(child_, SIGKILL);
    ::waitpid(child_, nullptr, 0);
  }

  // What has been seen once `text` is on the screen, or once the program has ended.
  const std::string& see(const std::string& text) {
    std::array<char, 256> buffer{};
    while (seen_.find(text) == std::string::npos) {
      const ssize_t n = ::read(terminal_.get(), buffer.data(), buffer.size());
      if (n <= 0) break;
      seen_.append(buffer.data(), static_cast<std::size_t>(n));
    }
    return seen_;
  }
  void type(const std::string& text) {
    EXPECT_EQ(::write(terminal_.get(), text.data(), text.size()), std::ssize(text));
  }
  [[nodiscard]] bool echo_is_on() const {
    termios settings{};
    EXPECT_EQ(::tcgetattr(terminal_.get(), &settings), 0);
    return (settings.c_lflag & ECHO) != 0;
  }
  [[nodiscard]] bool waits_silently() const {
    return testing::eventually([this] { return !echo_is_on(); });
  }
  int status() {
    int status = 0;
    ::waitpid(std::exchange(child_, -1), &status, 0);
    return status;
  }

 private:
  pid_t child_ = -1;
  FileDescriptor terminal_;
  std::string seen_;
};

void print(const std::string& text) {
  (void)!::write(STDOUT_FILENO, text.data(), text.size());
}

int print_passphrase() {
  const auto passphrase = ask_passphrase("Passphrase");
  print(passphrase ? "got " + std::string(text_of(passphrase->view())) + "." : "refused.");
  return 0;
}

TEST(AskPassphrase, DoesNotShowWhatIsTyped) {
  Person person(print_passphrase);
  person.see("Passphrase: ");
  ASSERT_TRUE(person.waits_silently());
  person.type("correct horse\n");
  const std::string& seen = person.see("got correct horse.");
  EXPECT_THAT(seen, HasSubstr("got correct horse."));
  EXPECT_EQ(seen.find("correct"), seen.rfind("correct")) << "shown while it was typed";
  EXPECT_TRUE(person.echo_is_on());
}

TEST(AskPassphrase, InterruptedTurnsTheEchoOnAgainAndDiesOfTheSignal) {
  Person person(print_passphrase);
  person.see("Passphrase: ");
  ASSERT_TRUE(person.waits_silently());
  person.type("corr\x03");
  const int status = person.status();
  ASSERT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(WTERMSIG(status), SIGINT);
  EXPECT_TRUE(person.echo_is_on());
}

TEST(AskPassphrase, IsRefusedInTheBackgroundInsteadOfStoppingForGood) {
  Person person([] {
    const pid_t background = ::fork();
    if (background == 0) {
      ::setpgid(0, 0);
      ::_exit(print_passphrase());
    }
    ::waitpid(background, nullptr, 0);
    return 0;
  });
  EXPECT_THAT(person.see("."), EndsWith("refused."));
}

TEST(AskPassphrase, IsRefusedWithoutATerminal) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::setsid();
    const auto passphrase = ask_passphrase("Passphrase");
    ::_exit(!passphrase && passphrase.error().remedy.find("passphrase_file") != std::string::npos
                ? 0
                : 1);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
}

int print_new_passphrase() {
  const auto passphrase = ask_new_passphrase();
  print(passphrase ? "accepted." : passphrase.error().cause + ".");
  return 0;
}

TEST(AskNewPassphrase, WantsTheSameTwiceAndNotNothing) {
  const std::vector<std::array<std::string, 3>> cases{
      {"one\n", "one\n", "accepted."}, {"one\n", "two\n", "differ."}, {"\n", "\n", "empty."}};
  for (const auto& [first, second, answer] : cases) {
    Person person(print_new_passphrase);
    person.see("New passphrase: ");
    ASSERT_TRUE(person.waits_silently());
    person.type(first);
    person.see("Again: ");
    ASSERT_TRUE(person.waits_silently());
    person.type(second);
    EXPECT_THAT(person.see(answer), EndsWith(answer));
  }
}

}  // namespace
}  // namespace walden
