using System.Text.RegularExpressions;
using AuthSidecar.Platform.Storage;
using AuthSidecar.TestSupport.Servers;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.IntegrationTests.People;

public abstract partial class SecretSearchTests
{
    private static readonly string[] DeviceEvents = ["device.approved", "device.denied", "device.collected", "key.revoked"];

    /// <summary>
    /// Devices that are collected, denied, never collected and expired. Their codes and tokens stand in the answers to the device and on
    /// the pages that compare codes, and nowhere else.
    /// </summary>
    private async Task ConnectDevicesAsync(SidecarSandbox sandbox, SidecarProcess sidecar, WebBrowser browser)
    {
        using var device = new WebBrowser(sidecar.Console);
        var collected = await CollectAsync(device, browser);
        var second = await CollectAsync(device, browser);
        await DenyAsync(device, browser);
        await ExpireAsync(sandbox, device, browser);

        (string, string) service = ("Authorization", $"Bearer {SidecarSandbox.ServiceCredential}");
        foreach (var token in new[] { collected, second, $"{second}x" })
        {
            Seen(200, await PostAsync(device, "/oauth/introspect", [service], ("token", token)));
            await CheckAsync(sidecar, token);
        }

        (string, string) own = ("Authorization", $"Bearer {second}");
        Seen(200, await device.GetAsync("/api/me/device-tokens", own));
        Seen(200, await device.GetAsync("/openapi/v1/account/sessions", own));
        Seen(400, await PostAsync(device, "/oauth/revoke", [], ("token", second), ("client_id", "other")));
        Seen(200, await PostAsync(device, "/oauth/revoke", [], ("token", second), ("client_id", "tool")));
        Seen(200, await PostAsync(device, "/oauth/revoke", [], ("token", second), ("client_id", "tool")));
        Seen(401, await device.GetAsync("/api/key", own));
        await ApproveOnPagesAsync(sidecar, device, browser);
        Seen(200, await browser.GetAsync("/ui/me/devices"));
    }

    private async Task<string> CollectAsync(WebBrowser device, WebBrowser browser)
    {
        var (code, user) = await StartAsync(device);
        var plain = user.Replace("-", "", StringComparison.Ordinal).ToLowerInvariant();
        Seen(200, await device.GetAsync($"/oauth/device/lookup?user_code={user}", ("traceparent", TraceParent)));
        Seen(200, await device.GetAsync($"/openapi/v1/oauth/device/lookup?user_code={plain}", ("traceparent", TraceParent)));
        Seen(400, await device.GetAsync($"/oauth/device/lookup?user_code={user}x"));

        // Codes at wrong places, and with what makes the request wrong.
        Seen(400, await PostAsync(device, $"/oauth/token?device_code={code}&user_code={user}", []));
        Seen(400, await PostAsync(device, "/oauth/token", [], ("device_code", code), ("device_code", code)));
        Seen(400, await PollAsync(device, $"{code}x"));
        Seen(404, await device.GetAsync($"/oauth/{code}/{plain}"));
        Seen(401, await PostAsync(device, "/oauth/device/approve", [], ("user_code", user)));
        Seen(200, await browser.PostJsonAsync("/oauth/device/approve", new { user_code = plain }, ("traceparent", TraceParent)));
        Seen(409, await browser.PostJsonAsync("/oauth/device/deny", new { user_code = user }));
        var answer = await PollAsync(device, code);
        Seen(200, answer);
        Seen(400, await PollAsync(device, code));
        var token = (string)answer.Json["access_token"]!;
        _tokens.Add(("token of a device", token));
        _tokens.Add(("secret of a device's token", token.Split('_', 3)[2]));
        return token;
    }

    private async Task DenyAsync(WebBrowser device, WebBrowser browser)
    {
        var (code, user) = await StartAsync(device);
        Seen(200, await browser.PostJsonAsync("/oauth/device/deny", new { user_code = user }));
        Seen(400, await PollAsync(device, code));
        Seen(400, await PollAsync(device, code));
    }

    private async Task ExpireAsync(SidecarSandbox sandbox, WebBrowser device, WebBrowser browser)
    {
        var (code, user) = await StartAsync(device);
        Seen(400, await PollAsync(device, code));
        await using (var seeder = await KeySeeder.OpenAsync(sandbox))
        await using (var context = seeder.Store.Open())
        {
            var past = DateTimeOffset.UtcNow.AddSeconds(-1);
            var changed = await context
                .DeviceGrants.Where(grant => grant.Status == GrantStatus.Pending)
                .ExecuteUpdateAsync(set =>
                    set.SetProperty(grant => grant.ExpiresAt, past)
                        .SetProperty(grant => grant.Status, GrantStatus.Expired)
                        .SetProperty(grant => grant.LastPollAt, (DateTimeOffset?)null)
                );
            Assert.Equal(1, changed);
        }

        Seen(400, await PollAsync(device, code));
        Seen(404, await browser.PostJsonAsync("/oauth/device/approve", new { user_code = user }));
    }

    /// <summary>From the link of the device to the approval, and back by its revocation, before the device collects.</summary>
    private async Task ApproveOnPagesAsync(SidecarProcess sidecar, WebBrowser device, WebBrowser browser)
    {
        var (code, user) = await StartAsync(device);
        using var anonymous = new WebBrowser(sidecar.Console);
        Seen(303, await anonymous.GetAsync($"/device?user_code={user}"));
        Seen(200, await anonymous.OpenAsync("/device"));
        Seen(303, await anonymous.PostFormAsync("/device", new() { ["user_code"] = user }));
        Seen(303, await anonymous.GetAsync("/device/approve"));

        Seen(303, await browser.GetAsync($"/device?user_code={user}"));
        Seen(200, await browser.OpenAsync("/device"));
        Seen(303, await browser.PostFormAsync("/device", new() { ["user_code"] = user }, ("traceparent", TraceParent)));
        var page = await browser.OpenAsync("/device/approve");
        Seen(200, page);
        var form = new Dictionary<string, string> { ["grant"] = GrantField().Match(page.Text).Groups[1].Value, ["decision"] = "approve" };
        Seen(303, await browser.PostFormAsync("/device/approve", form));
        Seen(200, await browser.OpenAsync("/device/done"));
        Seen(303, await browser.PostFormAsync("/device/done", []));
        Seen(400, await PollAsync(device, code));
        Keep(anonymous);
        Keep(browser);
    }

    private async Task<(string Device, string User)> StartAsync(WebBrowser device)
    {
        var answer = await PostAsync(device, "/oauth/device/code", [], ("client_id", "tool"), ("device_label", "a laptop"));
        Seen(200, answer);
        var (code, user) = ((string)answer.Json["device_code"]!, (string)answer.Json["user_code"]!);
        _tokens.Add(("device code", code["dc_".Length..]));
        _tokens.Add(("user code", user));
        _tokens.Add(("user code without hyphen", user.Replace("-", "", StringComparison.Ordinal)));
        return (code, user);
    }

    private static Task<WebAnswer> PollAsync(WebBrowser device, string code) =>
        PostAsync(
            device,
            "/oauth/token",
            [("traceparent", TraceParent)],
            ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
            ("device_code", code),
            ("client_id", "tool")
        );

    private static Task<WebAnswer> PostAsync(
        WebBrowser device,
        string path,
        (string Name, string Value)[] headers,
        params (string Name, string Value)[] form
    ) =>
        device.SendAsync(
            HttpMethod.Post,
            path,
            new FormUrlEncodedContent(form.Select(field => KeyValuePair.Create(field.Name, field.Value))),
            headers
        );

    [GeneratedRegex("name=\"grant\" value=\"([^\"]+)\"")]
    private static partial Regex GrantField();
}
