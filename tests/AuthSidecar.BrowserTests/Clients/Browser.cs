using System.Text.Json;
using AuthSidecar.TestSupport;
using Microsoft.Playwright;

namespace AuthSidecar.BrowserTests.Clients;

/// <summary>A real Chromium without a window.</summary>
internal sealed class Browser : IAsyncDisposable
{
    private static readonly string _openSockets = Resource("page.js");
    private readonly IPlaywright _driver;
    private readonly IBrowser _browser;

    private Browser(IPlaywright driver, IBrowser browser) => (_driver, _browser) = (driver, browser);

    /// <param name="trustedKey">Base64 SHA-256 of the public key of a server whose certificate nobody vouches for.</param>
    public static async Task<Browser> StartAsync(string trustedKey)
    {
        var driver = await Playwright.CreateAsync();
        var browser = await driver.Chromium.LaunchAsync(
            new() { ExecutablePath = Chromium.Path, Args = ["--no-sandbox", $"--ignore-certificate-errors-spki-list={trustedKey}"] }
        );
        return new(driver, browser);
    }

    /// <summary>
    /// Opens sockets from pages, all at once. A page sets no headers; where a call has some, the browser adds them, as an extension would.
    /// </summary>
    /// <param name="page">The pages' address. Over TLS, loading one also makes the HTTP/2 connection without which Chromium opens sockets
    /// over HTTP/1.1 (RFC 8441).</param>
    /// <param name="calls">The sockets.</param>
    public async Task<IReadOnlyList<SeenSocket>> OpenAsync(Uri page, IReadOnlyList<SocketCall> calls)
    {
        var groups = calls.GroupBy(call => string.Join('\n', call.Headers.Select(header => $"{header.Key}: {header.Value}")));
        var seen = await Task.WhenAll(groups.Select(group => OpenGroupAsync(page, [.. group])));
        return [.. calls.Select(call => seen.SelectMany(group => group).Single(socket => ReferenceEquals(socket.Call, call)).Seen)];
    }

    /// <summary>Calls a function in a new page.</summary>
    /// <param name="page">Its address; an error page does as well.</param>
    /// <param name="function">JavaScript that is a function of one argument and promises a text.</param>
    /// <param name="argument">Becomes JSON.</param>
    /// <param name="headers">What the browser adds to requests of the page.</param>
    public async Task<string> EvaluateAsync(Uri page, string function, object argument, IReadOnlyDictionary<string, string>? headers = null)
    {
        var opened = await _browser.NewPageAsync(new() { ExtraHTTPHeaders = headers ?? new Dictionary<string, string>() });
        try
        {
            await opened.GotoAsync(page.AbsoluteUri);
            return await opened.EvaluateAsync<string>(
                $"(argument) => ({function})(JSON.parse(argument))",
                JsonSerializer.Serialize(argument, JsonSerializerOptions.Web)
            );
        }
        finally
        {
            await opened.CloseAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _browser.DisposeAsync();
        _driver.Dispose();
    }

    private async Task<IEnumerable<(SocketCall Call, SeenSocket Seen)>> OpenGroupAsync(Uri page, IReadOnlyList<SocketCall> calls)
    {
        var seen = await EvaluateAsync(page, _openSockets, calls, calls[0].Headers);
        return calls.Zip(JsonSerializer.Deserialize<IReadOnlyList<SeenSocket>>(seen, JsonSerializerOptions.Web)!);
    }

    private static string Resource(string name)
    {
        using var reader = new StreamReader(typeof(Browser).Assembly.GetManifestResourceStream(name)!);
        return reader.ReadToEnd();
    }
}
