using System.Text.Json.Nodes;
using AuthSidecar.Platform.Storage;
using AuthSidecar.TestSupport.Servers;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Time.Testing;

namespace AuthSidecar.Tests.Administration.OAuth;

/// <summary>A console with the clients <c>tool</c> (own scopes) and <c>other</c>, the people ada (admin) and bob, and a clock.</summary>
internal sealed class OAuthHost : IAsyncDisposable
{
    public const string Grant = "urn:ietf:params:oauth:grant-type:device_code";

    private const string Section = "Device";

    private OAuthHost(ConsoleHost console, FakeTimeProvider time) => (Console, Time, Device) = (console, time, console.Open());

    public ConsoleHost Console { get; }
    public FakeTimeProvider Time { get; }

    /// <summary>A program without cookies.</summary>
    public WebBrowser Device { get; }

    public string Issuer => Console.Address.GetLeftPart(UriPartial.Authority);

    public static async Task<OAuthHost> StartAsync(Action<JsonObject>? change = null)
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        var console = await ConsoleHost.StartAsync(
            settings =>
            {
                settings[Section] = JsonNode.Parse(
                    """{"Clients": [{"Id": "tool", "Title": "The tool", "Scopes": ["apps:run", "llm:invoke"]}, {"Id": "other"}]}"""
                );
                change?.Invoke(settings);
            },
            time
        );
        await console.AddPersonAsync("ada", UserRole.Admin);
        await console.AddPersonAsync("bob");
        return new(console, time);
    }

    public Task<WebAnswer> PostAsync(string path, params (string Name, string Value)[] form) => PostAsync(path, [], form);

    public Task<WebAnswer> PostAsync(string path, (string Name, string Value)[] headers, params (string Name, string Value)[] form) =>
        Device.SendAsync(
            HttpMethod.Post,
            path,
            new FormUrlEncodedContent(form.Select(field => KeyValuePair.Create(field.Name, field.Value))),
            headers
        );

    public Task<WebAnswer> PostTextAsync(string path, string body, string type = "application/json") =>
        Device.SendAsync(HttpMethod.Post, path, new StringContent(body, null, type));

    /// <summary>Starts a grant.</summary>
    public async Task<(string Device, string User)> BeginAsync(string client = "tool", string label = "a laptop")
    {
        var answer = await PostAsync("/oauth/device/code", ("client_id", client), ("device_label", label));
        Assert.True(answer.Status == 200, answer.Text);
        return ((string)answer.Json["device_code"]!, (string)answer.Json["user_code"]!);
    }

    public Task<WebAnswer> PollAsync(string deviceCode, string client = "tool") =>
        PostAsync("/oauth/token", ("grant_type", Grant), ("device_code", deviceCode), ("client_id", client));

    /// <summary>Polls at the next time at which it is allowed.</summary>
    public Task<WebAnswer> PollLaterAsync(string deviceCode, string client = "tool")
    {
        Time.Advance(TimeSpan.FromSeconds(5));
        return PollAsync(deviceCode, client);
    }

    /// <summary>Runs the whole flow as an account.</summary>
    /// <returns>The answer with the token.</returns>
    public async Task<WebAnswer> CollectAsync(WebBrowser person, string client = "tool", string label = "a laptop")
    {
        var (device, user) = await BeginAsync(client, label);
        Assert.Equal(200, (await person.PostJsonAsync("/oauth/device/approve", new { user_code = user })).Status);
        var answer = await PollAsync(device, client);
        Assert.True(answer.Status == 200, answer.Text);
        return answer;
    }

    public async Task<int> CountGrantsAsync()
    {
        await using var context = Console.Store.Open();
        return await context.DeviceGrants.CountAsync();
    }

    public async ValueTask DisposeAsync()
    {
        Device.Dispose();
        await Console.DisposeAsync();
    }
}
