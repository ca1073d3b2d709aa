#include "common/alert/channel.h"

#include <nlohmann/json.hpp>

#include "common/alert/mail.h"
#include "common/alert/webhook.h"
#include "common/store/helper_program.h"

namespace walden {
namespace {

std::string json_text(const Alert& alert) {
  return alert_json(alert).dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

Result<> run(const std::string& command, const Alert& alert, std::chrono::milliseconds patience) {
  const auto ended = output_of(
      {.argv = {"/bin/sh", "-c", command}, .deadline = patience, .input = json_text(alert) + "\n"});
  if (ended) return {};
  return std::unexpected(ended.error().within("the alert's command"));
}

}  // namespace

std::vector<Channel> channels_of(const AlertPolicy& policy) {
  std::vector<Channel> channels;
  if (!policy.webhook.empty() || !policy.webhook_file.empty()) {
    channels.push_back(
        {"webhook", [policy](const Alert& alert, std::chrono::milliseconds patience) -> Result<> {
           return post_json(TRY(webhook_url(policy)), json_text(alert), patience);
         }});
  }
  if (!policy.command.empty()) {
    channels.push_back({"command", [command = policy.command](const Alert& alert,
                                                              std::chrono::milliseconds patience) {
                          return run(command, alert, patience);
                        }});
  }
  // Last: a mail server that hangs does so once for each.
  for (const std::string& address : policy.mail_to) {
    channels.push_back({"mail " + address,
                        [policy, address](const Alert& alert, std::chrono::milliseconds patience) {
                          return send_mail(policy, address, alert, patience);
                        }});
  }
  return channels;
}

Result<> ping(const std::string& url, std::chrono::milliseconds patience) {
  return get(url, patience);
}

}  // namespace walden
