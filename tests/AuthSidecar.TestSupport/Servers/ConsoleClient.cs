using System.Net;
using System.Text.RegularExpressions;

namespace AuthSidecar.TestSupport.Servers;

/// <summary>
/// A browser without a window: keeps cookies, which are <c>Secure</c> and yet sent over http to this machine, follows no redirect, and
/// sends forms with the token of the page before.
/// </summary>
internal sealed partial class ConsoleClient(Uri address, IReadOnlyDictionary<string, string> cookies) : IDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false })
    {
        BaseAddress = address,
    };

    private readonly Dictionary<string, string> _cookies = new(cookies);

    /// <summary>The token of the last page with a form.</summary>
    public string? FormToken { get; private set; }

    public Task<HttpResponseMessage> GetAsync(string path) => SendAsync(new(HttpMethod.Get, path));

    /// <summary>The text of a page, which must answer 200.</summary>
    public async Task<string> PageAsync(string path)
    {
        using var answer = await GetAsync(path);
        return answer.StatusCode == HttpStatusCode.OK
            ? await answer.Content.ReadAsStringAsync()
            : throw new InvalidOperationException($"{path}: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
    }

    /// <summary>Sends a form with the token of the last page.</summary>
    public Task<HttpResponseMessage> PostAsync(string path, params (string Name, string Value)[] fields) =>
        PostWithAsync(FormToken, path, fields);

    /// <param name="token">Null: none.</param>
    /// <param name="path">Target of the form.</param>
    /// <param name="fields">Names and values.</param>
    public Task<HttpResponseMessage> PostWithAsync(string? token, string path, params (string Name, string Value)[] fields)
    {
        var all = fields.Select(field => KeyValuePair.Create(field.Name, field.Value));
        return SendAsync(
            new(HttpMethod.Post, path)
            {
                Content = new FormUrlEncodedContent(token is null ? all : all.Append(KeyValuePair.Create("csrf_token", token))),
            }
        );
    }

    public void Dispose() => _http.Dispose();

    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request)
    {
        using (request)
        {
            request.Headers.TryAddWithoutValidation("Cookie", string.Join("; ", _cookies.Select(cookie => $"{cookie.Key}={cookie.Value}")));
            request.Headers.Add("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0");
            request.Headers.Add("Accept", "text/html");
            var answer = await _http.SendAsync(request);
            foreach (var cookie in answer.Headers.TryGetValues("Set-Cookie", out var set) ? set : [])
            {
                var (name, value) = cookie.Split(';')[0].Split('=', 2) is [var first, var second] ? (first, second) : (cookie, "");
                _cookies[name] = value;
            }

            await answer.Content.LoadIntoBufferAsync();
            var token = TokenPattern().Match(await answer.Content.ReadAsStringAsync());
            FormToken = token.Success ? token.Groups[1].Value : FormToken;
            return answer;
        }
    }

    [GeneratedRegex("""name="csrf_token"[^>]*value="([^"]+)""")]
    private static partial Regex TokenPattern();
}
