using System.Text.Json;
using AuthSidecar.TestSupport;
using Microsoft.Playwright;

namespace AuthSidecar.BrowserTests.Clients;

/// <summary>A real headless Chromium.</summary>
internal sealed class Browser : IAsyncDisposable
{
    private static readonly string _openSockets = Resource("page.js");
    private readonly IPlaywright _driver;
    private readonly IBrowser _browser;

    private Browser(IPlaywright driver, IBrowser browser) => (_driver, _browser) = (driver, browser);

    /// <param name="trustedKey">Base64 SHA-256 of the public key of a server with a self-signed certificate.</param>
    public static async Task<Browser> StartAsync(string trustedKey)
    {
        var driver = await Playwright.CreateAsync();
        var browser = await driver.Chromium.LaunchAsync(
            new() { ExecutablePath = Chromium.Path, Args = ["--no-sandbox", $"--ignore-certificate-errors-spki-list={trustedKey}"] }
        );
        return new(driver, browser);
    }

    /// <summary>
    /// Opens WebSockets from pages, concurrently. A page cannot set headers; those of a call are added by the browser, as by an extension.
    /// </summary>
    /// <param name="page">The pages' address. Over TLS, loading one also makes the HTTP/2 connection without which Chromium opens sockets
    /// over HTTP/1.1 (RFC 8441).</param>
    /// <param name="calls">The WebSockets.</param>
    public async Task<IReadOnlyList<SeenSocket>> OpenAsync(Uri page, IReadOnlyList<SocketCall> calls)
    {
        var groups = calls.GroupBy(call => string.Join('\n', call.Headers.Select(header => $"{header.Key}: {header.Value}")));
        var seen = await Task.WhenAll(groups.Select(group => OpenGroupAsync(page, [.. group])));
        return [.. calls.Select(call => seen.SelectMany(group => group).Single(socket => ReferenceEquals(socket.Call, call)).Seen)];
    }

    /// <summary>Calls a function in a new page.</summary>
    /// <param name="page">Its address; an error page works as well.</param>
    /// <param name="function">A JavaScript function of one argument that returns a promise of a string.</param>
    /// <param name="argument">Serialized as JSON.</param>
    /// <param name="headers">Headers that the browser adds to the page's requests.</param>
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
