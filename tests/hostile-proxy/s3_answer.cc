#include "tests/hostile-proxy/s3_answer.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <map>

namespace walden::testing {
namespace {

std::string http_date(std::chrono::seconds skew) {
  const auto now = std::chrono::system_clock::now() + skew;
  return fmt::format("{:%a, %d %b %Y %H:%M:%S} GMT",
                     fmt::gmtime(std::chrono::system_clock::to_time_t(now)));
}

std::string_view reason(int code) {
  static const std::map<int, std::string_view> reasons = {
      {200, "OK"},          {301, "Moved Permanently"},   {307, "Temporary Redirect"},
      {400, "Bad Request"}, {403, "Forbidden"},           {404, "Not Found"},
      {409, "Conflict"},    {429, "Too Many Requests"},   {500, "Internal Server Error"},
      {502, "Bad Gateway"}, {503, "Service Unavailable"},
  };
  const auto found = reasons.find(code);
  return found == reasons.end() ? "Unknown" : found->second;
}

std::string error_body(const Fault& fault, const RequestTarget& request) {
  std::string more;
  if (!fault.region.empty()) more += fmt::format("<Region>{}</Region>", fault.region);
  return fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<Error><Code>{}</Code><Message>Scripted.</Message><Resource>{}</Resource>{}"
      "<RequestId>0000000000000001</RequestId><HostId>hostile-proxy</HostId></Error>",
      fault.error, request.path, more);
}

std::string page(int code) {
  return fmt::format("<html><body><h1>{} {}</h1></body></html>\n", code, reason(code));
}

}  // namespace

std::string s3_answer(const Fault& fault, const RequestTarget& request) {
  const bool html = fault.kind == FaultKind::html;
  const int code = fault.kind == FaultKind::ok_with_error ? 200 : fault.code;
  const std::string body = html ? page(code) : error_body(fault, request);
  std::string text =
      fmt::format("HTTP/1.1 {} {}\r\nDate: {}\r\nContent-Type: {}\r\n", code, reason(code),
                  http_date(fault.skew), html ? "text/html" : "application/xml");
  if (!html) text += "x-amz-request-id: 0000000000000001\r\n";
  if (!fault.retry_after.empty()) text += "Retry-After: " + fault.retry_after + "\r\n";
  if (!fault.region.empty()) text += "x-amz-bucket-region: " + fault.region + "\r\n";
  if (fault.early) text += "Connection: close\r\n";
  // To HEAD, Amazon leaves the body out and does not say how long it would be.
  if (request.method == "HEAD") return text + "Transfer-Encoding: chunked\r\n\r\n";
  return text + fmt::format("Content-Length: {}\r\n\r\n{}", body.size(), body);
}

}  // namespace walden::testing
