#include "common/alert/channel.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
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

// What the channels of one mail server share: it is waited for once.
struct MailServer {
  AlertPolicy policy;
  bool silent = false;
};

Result<> send_once(MailServer& server, const std::string& address, const Alert& alert,
                   std::chrono::milliseconds patience) {
  if (server.silent) {
    return fail(ErrorKind::transient,
                fmt::format("cannot send mail to {} by {}: it did not answer before", address,
                            server_of(server.policy.mail_server)));
  }
  return send_mail(server.policy, address, alert, patience, &server.silent);
}

Channel mail_channel(const std::shared_ptr<MailServer>& server, const std::string& address) {
  return {"mail " + address,
          [server, address](const Alert& alert, std::chrono::milliseconds patience) {
            return send_once(*server, address, alert, patience);
          }};
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
  // Last: a mail server that hangs keeps nobody else waiting.
  const auto server = std::make_shared<MailServer>(MailServer{.policy = policy});
  for (const std::string& address : policy.mail_to) {
    Channel channel = mail_channel(server, address);
    // An incident knows channels by their names.
    if (std::ranges::find(channels, channel.name, &Channel::name) != channels.end()) continue;
    channels.push_back(std::move(channel));
  }
  return channels;
}

Result<> ping(const std::string& url, std::chrono::milliseconds patience) {
  return get(url, patience);
}

}  // namespace walden
