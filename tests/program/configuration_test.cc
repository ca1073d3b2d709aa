#include "common/program/configuration.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <fstream>

#include "common/bytes/key_file.h"
#include "common/program/settings.h"
#include "tests/support/environment.h"
#include "tests/support/temporary_directory.h"

namespace walden {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class ConfigurationTest : public ::testing::Test {
 protected:
  ConfigurationTest() {
    environment_.set("WALDEN_CONFIG", std::nullopt);
    for (const Setting& setting : settings()) {
      environment_.set(std::string(setting.variable), std::nullopt);
    }
  }

  std::string write(const std::string& text) {
    const auto path = folder_ / "walden.toml";
    std::ofstream(path) << text;
    return path.string();
  }

  // The command line as a program would see it.
  struct Parsed {
    CLI::App app;
    ConfigurationOptions options{app};
  };
  static std::unique_ptr<Parsed> parse(std::vector<std::string> arguments) {
    auto parsed = std::make_unique<Parsed>();
    std::ranges::reverse(arguments);  // CLI11 takes them so
    parsed->app.parse(arguments);
    return parsed;
  }
  static Result<Configuration> load(std::vector<std::string> arguments) {
    return parse(std::move(arguments))->options.load();
  }
  Result<Configuration> load_file(const std::string& text) {
    return load({"--config", write(text)});
  }

  static std::string cause_of(const Result<Configuration>& result) {
    return result ? "no error" : result.error().cause;
  }

  const std::string minimal_ = "cluster = \"orders\"\nstore = \"file:///backups\"\n";
  const std::string recipient_ = SecretKey::generate().recipient().to_text();
  testing::TemporaryDirectory folder_;
  testing::Environment environment_;
};

TEST_F(ConfigurationTest, NeedsTwoLinesAndHasDefaultsForTheRest) {
  const auto loaded = load_file(minimal_);
  ASSERT_TRUE(loaded) << loaded.error().cause;
  EXPECT_EQ(loaded->cluster, "orders");
  EXPECT_EQ(loaded->store, "file:///backups");
  EXPECT_EQ(loaded->cipher, "aes-256-gcm");
  EXPECT_EQ(loaded->compression_level, 1);
  EXPECT_GE(loaded->threads, 1U);
  EXPECT_LE(loaded->threads, 8U);
  EXPECT_EQ(loaded->fetch_deadline, std::chrono::seconds(60));
  EXPECT_EQ(loaded->standby_deadline, std::chrono::seconds(10));
  EXPECT_EQ(loaded->standby_outage, "retry");
  EXPECT_EQ(loaded->file, folder_ / "walden.toml");
}

TEST_F(ConfigurationTest, EverySettingOfTheFileArrives) {
  const auto loaded = load_file(minimal_ + "recipients = [\"" + recipient_ + R"("]
key_file = "secret.key"
passphrase_file = "/etc/passphrase"
signing_key_file = "../signing.key"
trusted_signers = []
cipher = "chacha20-poly1305"
compression_level = 3
threads = 5
fetch_deadline = "2min"
standby_deadline = 30
standby_outage = "stop"
)");
  ASSERT_TRUE(loaded) << loaded.error().cause;
  EXPECT_THAT(loaded->recipients, ElementsAre(recipient_));
  EXPECT_EQ(loaded->key_file, folder_ / "secret.key") << "relative to the file's folder";
  EXPECT_EQ(loaded->passphrase_file, "/etc/passphrase");
  EXPECT_EQ(loaded->signing_key_file, folder_.path().parent_path() / "signing.key");
  EXPECT_EQ(loaded->cipher, "chacha20-poly1305");
  EXPECT_EQ(loaded->compression_level, 3);
  EXPECT_EQ(loaded->threads, 5U);
  EXPECT_EQ(loaded->fetch_deadline, std::chrono::minutes(2));
  EXPECT_EQ(loaded->standby_deadline, std::chrono::seconds(30));
  EXPECT_EQ(loaded->standby_outage, "stop");
}

TEST_F(ConfigurationTest, VariableBeatsFileAndOptionBeatsVariable) {
  const auto file = write(minimal_ + "threads = 1\n");
  environment_.set("WALDEN_CLUSTER", "from-variable");
  environment_.set("WALDEN_THREADS", "2");
  const auto loaded = load({"--config", file, "--threads", "3"});
  ASSERT_TRUE(loaded) << loaded.error().cause;
  EXPECT_EQ(loaded->store, "file:///backups");
  EXPECT_EQ(loaded->cluster, "from-variable");
  EXPECT_EQ(loaded->threads, 3U);
}

TEST_F(ConfigurationTest, KnowsVariablesAndOptionsWithoutAFileThatCannotBeRead) {
  environment_.set("WALDEN_STANDBY_OUTAGE", "stop");
  const auto parsed = parse({"--config", write("cluster = "), "--fetch-deadline", "7s"});
  EXPECT_FALSE(parsed->options.load());
  const Configuration known = parsed->options.load_without_file();
  EXPECT_EQ(known.standby_outage, "stop");
  EXPECT_EQ(known.fetch_deadline, std::chrono::seconds(7));
  EXPECT_EQ(known.standby_deadline, Configuration{}.standby_deadline);
}

TEST_F(ConfigurationTest, NeedsNoFileAtAll) {
  environment_.set("WALDEN_CLUSTER", "orders");
  environment_.set("WALDEN_STORE", "file:///backups");
  environment_.set("WALDEN_RECIPIENTS", recipient_ + " , " + recipient_);
  const auto loaded = load({});
  ASSERT_TRUE(loaded) << loaded.error().cause;
  EXPECT_THAT(loaded->recipients, ElementsAre(recipient_, recipient_));
}

TEST_F(ConfigurationTest, ListOnTheCommandLineReplacesTheFilesAndTakesOneValuePerOption) {
  const auto file = write(minimal_ + "recipients = [\"" + recipient_ + "\"]\n");
  const auto other = SecretKey::generate().recipient().to_text();
  CLI::App app;
  std::string positional;
  app.add_option("NAME", positional);
  const ConfigurationOptions options(app);
  app.parse(std::vector<std::string>{"name", other, "--recipient", file, "--config"});
  const auto loaded = options.load();
  ASSERT_TRUE(loaded) << loaded.error().cause;
  EXPECT_THAT(loaded->recipients, ElementsAre(other));
  EXPECT_EQ(positional, "name");
}

TEST_F(ConfigurationTest, EmptyVariableIsNotSet) {
  environment_.set("WALDEN_RECIPIENTS", "");
  const auto loaded = load_file(minimal_ + "recipients = [\"" + recipient_ + "\"]\n");
  ASSERT_TRUE(loaded) << loaded.error().cause;
  EXPECT_EQ(loaded->recipients.size(), 1U) << "an empty variable would leave backups unsealed";
}

TEST_F(ConfigurationTest, RefusesAFileThatIsNotThere) {
  const auto by_option = load({"--config", "/nowhere/walden.toml"});
  ASSERT_FALSE(by_option);
  EXPECT_EQ(by_option.error().kind, ErrorKind::configuration);
  EXPECT_THAT(by_option.error().cause, HasSubstr("/nowhere/walden.toml"));

  environment_.set("WALDEN_CONFIG", "/nowhere/else.toml");
  EXPECT_THAT(cause_of(load({"--cluster", "c", "--store", "file:///b"})),
              HasSubstr("/nowhere/else.toml"));
}

TEST_F(ConfigurationTest, RefusesAnUnknownKeyWithItsLine) {
  const auto loaded = load_file(minimal_ + "recipents = [\"walden1x\"]\n");
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().kind, ErrorKind::configuration);
  EXPECT_THAT(loaded.error().cause, HasSubstr("walden.toml:3: unknown setting 'recipents'"));
  EXPECT_THAT(loaded.error().remedy, HasSubstr("recipients"));
  EXPECT_THAT(cause_of(load_file("[walden]\n" + minimal_)), HasSubstr(":1: unknown setting"));
}

TEST_F(ConfigurationTest, RefusesAnUnknownVariable) {
  environment_.set("WALDEN_RECIPENTS", recipient_);
  const auto loaded = load_file(minimal_);
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().kind, ErrorKind::configuration);
  EXPECT_THAT(loaded.error().cause, HasSubstr("WALDEN_RECIPENTS"));
}

TEST_F(ConfigurationTest, RefusesWhatIsNoTomlWithItsLine) {
  const auto loaded = load_file("cluster = \"orders\"\nstore = file:///backups\n");
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().kind, ErrorKind::configuration);
  EXPECT_THAT(loaded.error().cause, HasSubstr("walden.toml:2"));
}

TEST_F(ConfigurationTest, RefusesNamesThatTomlDoesNotHave) {
  EXPECT_THAT(cause_of(load_file("[.b]\n")), HasSubstr("walden.toml:1: "));
  EXPECT_THAT(cause_of(load_file("clüster = \"orders\"\n")), HasSubstr("walden.toml:1: "));
}

TEST_F(ConfigurationTest, RefusesValuesOfAnotherTypeWithTheirLine) {
  for (const auto* line :
       {"cluster = 1", "store = [\"file:///b\"]", "recipients = \"walden1x\"", "recipients = [1]",
        "key_file = true", "threads = \"4\"", "threads = 4.5", "compression_level = []",
        "fetch_deadline = 1.5", "fetch_deadline = 12:00:00", "cipher = {}"}) {
    const auto loaded = load_file(std::string(line) + "\n");
    ASSERT_FALSE(loaded) << line;
    EXPECT_EQ(loaded.error().kind, ErrorKind::configuration) << line;
    EXPECT_THAT(loaded.error().cause, HasSubstr("walden.toml:1: ")) << line;
    EXPECT_THAT(loaded.error().cause, HasSubstr("must be")) << line;
  }
}

TEST_F(ConfigurationTest, RefusesValuesOutOfRangeNamingWhereTheyStand) {
  for (const auto* line :
       {"threads = -1", "threads = 65", "compression_level = 0", "compression_level = 20",
        "fetch_deadline = \"soon\"", "fetch_deadline = -1", "cipher = \"rot13\"",
        "standby_outage = \"maybe\"", "recipients = [\"walden1mistyped\"]",
        "trusted_signers = [\"walden1mistyped\"]", "threads = 99999999999"}) {
    const auto loaded = load_file(minimal_ + line + "\n");
    ASSERT_FALSE(loaded) << line;
    EXPECT_EQ(loaded.error().kind, ErrorKind::configuration) << line;
    EXPECT_THAT(loaded.error().cause, HasSubstr("walden.toml:3 (")) << line;
  }
  const auto by_option = load({"--config", write(minimal_), "--threads", "many"});
  ASSERT_FALSE(by_option);
  EXPECT_EQ(by_option.error().kind, ErrorKind::usage);
  EXPECT_THAT(by_option.error().cause, HasSubstr("--threads: 'many'"));
  environment_.set("WALDEN_THREADS", "4 ");
  EXPECT_THAT(cause_of(load_file(minimal_)), HasSubstr("WALDEN_THREADS: '4 '"));
}

TEST_F(ConfigurationTest, RefusesMoreRecipientsThanAnObjectHolds) {
  std::string list;
  for (std::size_t i = 0; i <= kMaxRecipients; ++i) list += "\"" + recipient_ + "\",";
  EXPECT_THAT(cause_of(load_file(minimal_ + "recipients = [" + list + "]\n")),
              HasSubstr("17 recipients"));
}

TEST_F(ConfigurationTest, SaysWhatIsMissingAndWhereItCouldStand) {
  const auto loaded = load({"--store", "file:///backups"});
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().kind, ErrorKind::configuration);
  EXPECT_EQ(loaded.error().cause, "no cluster is configured");
  EXPECT_THAT(loaded.error().remedy, HasSubstr("/etc/walden/walden.toml"));
  EXPECT_THAT(loaded.error().remedy, HasSubstr("WALDEN_CLUSTER"));
  EXPECT_THAT(loaded.error().remedy, HasSubstr("--cluster"));
  EXPECT_EQ(cause_of(load({"--cluster", "orders"})), "no store is configured");
  EXPECT_THAT(cause_of(load({"--cluster", "orders", "--store", "/backups"})),
              HasSubstr("'/backups' is not a URL"));
}

TEST_F(ConfigurationTest, NeverPrintsASecretKeyThatStandsInTheWrongPlace) {
  const Secret secret = SecretKey::generate().to_text();
  const std::string text(text_of(secret.view()));
  for (const auto* key : {"recipients", "trusted_signers"}) {
    const auto loaded = load_file(minimal_ + key + " = [\"" + text + "\"]\n");
    ASSERT_FALSE(loaded);
    EXPECT_THAT(loaded.error().cause, HasSubstr("a secret key stands where"));
    EXPECT_THAT(loaded.error().cause + loaded.error().remedy, Not(HasSubstr(text.substr(20))));
  }
}

TEST_F(ConfigurationTest, RestoreCommandNamesTheFileAndWhatWasSetElsewhereWithAbsolutePaths) {
  const auto file = write(minimal_ + "threads = 2\n");
  environment_.set("WALDEN_CLUSTER", "from variable");
  environment_.set("WALDEN_RECIPIENTS", recipient_ + "," + recipient_);
  const auto parsed = parse({"--config", file, "--fetch-deadline", "5min"});
  const auto arguments = parsed->options.arguments_for_restore_command();
  ASSERT_TRUE(arguments) << arguments.error().cause;
  EXPECT_THAT(*arguments,
              ElementsAre("--config", file, "--cluster", "from variable", "--recipient", recipient_,
                          "--recipient", recipient_, "--fetch-deadline", "5min"));
}

TEST_F(ConfigurationTest, TellsWhatTheCommandLineGaveAndNothingElse) {
  environment_.set("WALDEN_CLUSTER", "from variable");
  const auto parsed = parse({"--config", "walden.toml", "--key-file", "my.key"});
  const auto here = std::filesystem::current_path();
  EXPECT_THAT(*parsed->options.arguments_given(),
              ElementsAre("--config", here / "walden.toml", "--key-file", here / "my.key"));
  EXPECT_THAT(*parse({})->options.arguments_given(), ::testing::IsEmpty());
}

TEST_F(ConfigurationTest, RestoreCommandLoadsTheSameSettings) {
  const auto key = folder_ / "secret.key";
  ASSERT_TRUE(write_secret_key(key, SecretKey::generate(), nullptr));
  const auto relative = std::filesystem::relative(key).string();
  const auto first = parse({"--cluster", "orders", "--store", "file:///backups", "--key-file",
                            relative, "--recipient", recipient_, "--standby-outage", "stop"});
  const auto arguments = first->options.arguments_for_restore_command();
  ASSERT_TRUE(arguments) << arguments.error().cause;
  const auto again = load(*arguments);
  ASSERT_TRUE(again) << again.error().cause;
  EXPECT_EQ(again->key_file, key);
  EXPECT_EQ(again->cluster, "orders");
  EXPECT_EQ(again->standby_outage, "stop");
  EXPECT_THAT(again->recipients, ElementsAre(recipient_));
}

TEST_F(ConfigurationTest, RestoreCommandIsRefusedWhenItsServerWouldHaveToTypeAPassphrase) {
  const Secret passphrase = Secret::copy_of(bytes_of("correct horse"));
  const auto key = folder_ / "locked.key";
  ASSERT_TRUE(write_secret_key(key, SecretKey::generate(), &passphrase));
  const std::vector<std::string> arguments{"--cluster", "c",          "--store",
                                           "file:///b", "--key-file", key.string()};
  const auto refused = parse(arguments)->options.arguments_for_restore_command();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::configuration);
  EXPECT_THAT(refused.error().remedy, HasSubstr("passphrase_file"));

  auto with_file = arguments;
  with_file.insert(with_file.end(), {"--passphrase-file", (folder_ / "passphrase").string()});
  EXPECT_TRUE(parse(with_file)->options.arguments_for_restore_command());
}

TEST_F(ConfigurationTest, EverySettingIsNamedAlikeInFileEnvironmentAndOptions) {
  for (const Setting& setting : settings()) {
    std::string variable = "WALDEN_";
    for (const char c : setting.key) variable += static_cast<char>(std::toupper(c));
    EXPECT_EQ(setting.variable, variable);
    std::string option = "--" + std::string(setting.key);
    std::ranges::replace(option, '_', '-');
    if (setting.kind == SettingKind::list) option.pop_back();
    EXPECT_EQ(setting.option, option);
  }
}

}  // namespace
}  // namespace walden
