using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using AuthSidecar.Administration.Web;
using AuthSidecar.Platform.Storage;
using AuthSidecar.TestSupport.Servers;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Time.Testing;

namespace AuthSidecar.Tests.Administration.Web;

/// <summary>Bodies that are slow, large or malformed, and methods that a page does not have.</summary>
public sealed partial class RequestLimitsTests : IAsyncLifetime
{
    private ConsoleHost _console = null!;

    public async Task InitializeAsync()
    {
        _console = await ConsoleHost.StartAsync(replace: TestEndpoints.Add);
        await _console.AddPersonAsync("bob");
    }

    public async Task DisposeAsync() => await _console.DisposeAsync();

    [Fact]
    public async Task SlowBody_IsRefused()
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, _console.Address.Port);
        var stream = client.GetStream();
        await stream.WriteAsync(
            Encoding.ASCII.GetBytes(
                $"POST /auth/login HTTP/1.1\r\nHost: {_console.Address.Authority}\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{{"
            )
        );
        using var giveUp = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        var answer = new byte[12];
        await stream.ReadExactlyAsync(answer, giveUp.Token);

        Assert.Equal("HTTP/1.1 408", Encoding.ASCII.GetString(answer));
    }

    [Fact]
    public async Task SlowBody_OverHttp2_IsRefused()
    {
        using var authority = new TestAuthority("console");
        using var sandbox = new SidecarSandbox();
        var (certificate, key, ca) = (
            Path.Combine(sandbox.Root, "c.pem"),
            Path.Combine(sandbox.Root, "k.pem"),
            Path.Combine(sandbox.Root, "ca.pem")
        );
        await File.WriteAllTextAsync(ca, authority.Pem);
        authority.WriteServer(certificate, key);
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var console = await ConsoleHost.StartAsync(
            settings =>
            {
                settings["Listen"]!["Console"] = "http://0.0.0.0:0";
                settings["Listen"]!["Tls"] = new JsonObject
                {
                    ["Certificate"] = certificate,
                    ["Key"] = key,
                    ["ClientCa"] = ca,
                };
            },
            time,
            sandbox
        );
        using var browser = console.Open(authority);
        browser.Http = HttpVersion.Version20;
        using var slow = new SlowContent();
        var answer = browser.SendAsync(HttpMethod.Post, "/ui/login", slow);
        await slow.Started.WaitAsync(TimeSpan.FromMinutes(1));
        for (var wait = 0; wait < 600 && !answer.IsCompleted; wait++)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await Task.WhenAny(answer, Task.Delay(100));
        }

        Assert.True(answer.IsCompleted);
        Assert.Equal(408, (await answer).Status);
    }

    [Theory]
    [InlineData("/ui/me", "POST", 405, "GET, HEAD, OPTIONS")]
    [InlineData("/ui/me", "PUT", 405, "GET, HEAD, OPTIONS")]
    [InlineData("/ui/me", "FOO", 405, "GET, HEAD, OPTIONS")]
    [InlineData("/ui/me", "TRACE", 405, "GET, HEAD, OPTIONS")]
    [InlineData("/ui/me/api-keys", "DELETE", 405, "GET, HEAD, OPTIONS, POST")]
    [InlineData("/ui/me/api-keys", "OPTIONS", 204, "GET, HEAD, OPTIONS, POST")]
    [InlineData("/ui/me/api-keys", "HEAD", 200, null)]
    [InlineData("/ui/set-password", "HEAD", 200, null)]
    [InlineData("/ui/set-password", "GET", 200, null)]
    public async Task Page_HasOnlyTheMethodsOfItsHandlers(string path, string method, int status, string? allow)
    {
        using var browser = await _console.LoggedInAsync("bob");

        var answer = await browser.SendAsync(new(method), path, null, browser.WithToken());

        Assert.Equal((status, allow), (answer.Status, answer.Header("Allow")));
    }

    public static TheoryData<string, string> MalformedForms() =>
        new()
        {
            { "multipart/form-data", "--x" },
            { "multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nb" },
            { "application/x-www-form-urlencoded", string.Join('&', Enumerable.Range(0, 1100).Select(number => $"f{number}=x")) },
            { "application/x-www-form-urlencoded", $"{new string('k', 3000)}=x" },
        };

    [Theory]
    [MemberData(nameof(MalformedForms))]
    public async Task MalformedForm_OfAnEndedSession_LeadsToTheLogin(string type, string body)
    {
        using var browser = await _console.LoggedInAsync("bob");
        await ChangeSessionsAsync(session => session.EndedAt = DateTimeOffset.UtcNow);
        using var content = new ByteArrayContent(Encoding.ASCII.GetBytes(body));
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(type);

        var answer = await browser.SendAsync(HttpMethod.Post, "/ui/test/session", content);

        Assert.Equal(401, answer.Status);
        Assert.Contains("Your session has ended", answer.Text, StringComparison.Ordinal);
        Assert.Empty(DraftField().Match(answer.Text).Value);
    }

    /// <summary>Text that JSON for HTML would escape.</summary>
    [Fact]
    public async Task FormThatFits_IsKept_AndTheLoginTakesIt()
    {
        var typed = new string('<', 8_000);
        using var browser = await _console.LoggedInAsync("bob");
        await ChangeSessionsAsync(session => session.EndedAt = DateTimeOffset.UtcNow);

        var ended = await browser.PostFormAsync("/ui/test/session", new() { ["text"] = typed });
        var draft = DraftField().Match(ended.Text).Groups[1].Value;
        await browser.OpenAsync("/ui/login");
        var login = await LogInAsync(browser, draft);

        Assert.Equal(200, login.Status);
        Assert.Contains(WebUtility.HtmlEncode(typed), login.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, 60_000)]
    [InlineData(101, 1)]
    public async Task FormThatIsTooLargeToKeep_IsNotKept_AndThePageSaysSo(int fields, int length)
    {
        var form = Enumerable.Range(0, fields).ToDictionary(number => $"f{number}", _ => new string('x', length));
        using var browser = await _console.LoggedInAsync("bob");
        await using (var context = _console.Store.Open())
        {
            // A password newer than the login would end the session.
            var earlier = DateTimeOffset.UtcNow.AddHours(-2);
            await context.UserCredentials.ExecuteUpdateAsync(set => set.SetProperty(credential => credential.UpdatedAt, earlier));
        }

        await ChangeSessionsAsync(session => session.AuthenticatedAt = DateTimeOffset.UtcNow.AddHours(-1));
        var old = await browser.PostFormAsync($"/ui/test/{ConsolePolicies.Sudo}", form);
        await ChangeSessionsAsync(session => session.EndedAt = DateTimeOffset.UtcNow);
        var ended = await browser.PostFormAsync("/ui/test/session", form);
        await browser.OpenAsync("/ui/login");

        Assert.Equal((403, 401), (old.Status, ended.Status));
        Assert.Contains("The form was too large to keep.", old.Text, StringComparison.Ordinal);
        Assert.Contains("The form was too large to keep;", ended.Text, StringComparison.Ordinal);
        Assert.Empty(DraftField().Match(old.Text + ended.Text).Value);
        Assert.Equal(303, (await LogInAsync(browser, null)).Status);
    }

    [Fact]
    public async Task OversizedForm_IsRefused_WithItsPage()
    {
        using var browser = _console.Open();
        await browser.OpenAsync("/ui/login");
        foreach (var isChunked in new[] { false, true })
        {
            using var content = new FormUrlEncodedContent([KeyValuePair.Create("name", new string('x', 70_000))]);
            using var sent = isChunked ? (HttpContent)new ChunkedContent(await content.ReadAsByteArrayAsync()) : content;
            var answer = await browser.SendAsync(HttpMethod.Post, "/ui/login", sent);

            Assert.Equal(413, answer.Status);
            Assert.Contains("The form is too large", answer.Text, StringComparison.Ordinal);
        }
    }

    private static Task<WebAnswer> LogInAsync(WebBrowser browser, string? draft)
    {
        var fields = new Dictionary<string, string> { ["name"] = "bob", ["password"] = ConsoleHost.Password };
        if (draft is not null)
        {
            fields["draft"] = draft;
        }

        return browser.PostFormAsync("/ui/login", fields);
    }

    private async Task ChangeSessionsAsync(Action<Session> change)
    {
        await using var context = _console.Store.Open();
        (await context.Sessions.ToListAsync()).ForEach(change);
        await context.SaveChangesAsync();
    }

    [GeneratedRegex("name=\"draft\" value=\"([^\"]+)\"")]
    private static partial Regex DraftField();

    private sealed class ChunkedContent : HttpContent
    {
        private readonly byte[] _bytes;

        public ChunkedContent(byte[] bytes)
        {
            _bytes = bytes;
            Headers.ContentType = new("application/x-www-form-urlencoded");
        }

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => stream.WriteAsync(_bytes).AsTask();

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }

    /// <summary>One byte of a hundred.</summary>
    private sealed class SlowContent : HttpContent
    {
        private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public SlowContent() => Headers.ContentType = new("application/json");

        public Task Started => _started.Task;

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
        {
            await stream.WriteAsync("{"u8.ToArray(), cancellationToken);
            await stream.FlushAsync(cancellationToken);
            _started.SetResult();
            await Task.Delay(Timeout.Infinite, cancellationToken);
        }

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
            SerializeToStreamAsync(stream, context, CancellationToken.None);

        protected override bool TryComputeLength(out long length)
        {
            length = 100;
            return true;
        }
    }
}
