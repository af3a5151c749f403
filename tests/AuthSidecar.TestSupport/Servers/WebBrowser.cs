using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace AuthSidecar.TestSupport.Servers;

/// <summary>An answer of the console.</summary>
internal sealed record WebAnswer(int Status, string Text, HttpResponseHeaders Headers, HttpContentHeaders ContentHeaders)
{
    public JsonNode Json => JsonNode.Parse(Text)!;
    public string? Location => Headers.Location?.OriginalString;

    /// <summary>Status and word of a problem, e.g. <c>403 csrf_failed</c>.</summary>
    public string Problem => $"{Status} {(Text.StartsWith('{') ? (string?)Json["error"] : Text)}";

    public string? Header(string name) =>
        Headers.TryGetValues(name, out var values) || ContentHeaders.TryGetValues(name, out values) ? string.Join(", ", values) : null;
}

/// <summary>
/// Cookies and requests of one browser, without redirects. It keeps <c>Secure</c> cookies over http on this machine, as browsers do.
/// Answers below <c>/auth</c> are validated against the OpenAPI document.
/// </summary>
/// <param name="address">Base of the paths.</param>
/// <param name="authority">The only one whose server is accepted over https; null: none.</param>
/// <param name="handler">Another connection, without cookies and redirects; null: an ordinary one.</param>
internal sealed partial class WebBrowser(Uri address, TestAuthority? authority = null, SocketsHttpHandler? handler = null) : IDisposable
{
    private readonly HttpClient _client = new(
        handler
            ?? new SocketsHttpHandler
            {
                AllowAutoRedirect = false,
                UseCookies = false,
                SslOptions = { RemoteCertificateValidationCallback = (_, certificate, _, _) => authority?.Issued(certificate) == true },
            }
    )
    {
        BaseAddress = address,
    };

    /// <summary>Version of HTTP of the requests.</summary>
    public Version Http { get; set; } = System.Net.HttpVersion.Version11;

    /// <summary>Names and values.</summary>
    public Dictionary<string, string> Cookies { get; } = new(StringComparer.Ordinal);

    /// <summary>The lines <c>Set-Cookie</c> of all answers.</summary>
    public List<string> SetCookies { get; } = [];

    /// <summary>Token against forged requests, from the last login, <c>/auth/me</c> or form.</summary>
    public string? Token { get; set; }

    public Task<WebAnswer> GetAsync(string path, params (string Name, string Value)[] headers) =>
        SendAsync(HttpMethod.Get, path, null, headers);

    public async Task<WebAnswer> LogInAsync(string name, string password)
    {
        var answer = await PostJsonAsync("/auth/login", new { username = name, password });
        Token = answer.Status == 200 ? (string?)answer.Json["csrfToken"] : Token;
        return answer;
    }

    /// <summary>Sends JSON with the token.</summary>
    public Task<WebAnswer> PostJsonAsync(string path, object body, params (string Name, string Value)[] headers) =>
        SendAsync(HttpMethod.Post, path, JsonContent.Create(body), WithToken(headers));

    /// <summary>Sends a form with the token in its field.</summary>
    public Task<WebAnswer> PostFormAsync(string path, Dictionary<string, string> fields, params (string Name, string Value)[] headers)
    {
        var sent = new Dictionary<string, string>(fields);
        if (Token is not null)
        {
            sent.TryAdd("csrf_token", Token);
        }

        return SendAsync(HttpMethod.Post, path, new FormUrlEncodedContent(sent), headers);
    }

    /// <summary>Opens a page and takes over the token of its form.</summary>
    public async Task<WebAnswer> OpenAsync(string path)
    {
        var answer = await GetAsync(path);
        Token = TokenField().Match(answer.Text) is { Success: true } match ? match.Groups[1].Value : Token;
        return answer;
    }

    public (string Name, string Value)[] WithToken(params (string Name, string Value)[] headers) =>
        Token is null || headers.Any(header => header.Name == "X-CSRF-Token") ? headers : [.. headers, ("X-CSRF-Token", Token)];

    public async Task<WebAnswer> SendAsync(
        HttpMethod method,
        string path,
        HttpContent? content,
        params (string Name, string Value)[] headers
    )
    {
        using var request = new HttpRequestMessage(method, path)
        {
            Content = content,
            Version = Http,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        if (Cookies.Count > 0)
        {
            request.Headers.TryAddWithoutValidation("Cookie", string.Join("; ", Cookies.Select(cookie => $"{cookie.Key}={cookie.Value}")));
        }

        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        using var response = await _client.SendAsync(request);
        if (response.Headers.TryGetValues("Set-Cookie", out var lines))
        {
            foreach (var line in lines)
            {
                Keep(line);
            }
        }

        var text = await response.Content.ReadAsStringAsync();
        if (path.StartsWith("/auth/", StringComparison.Ordinal))
        {
            ApiContract.Committed.Check(
                method.Method,
                path.Split('?')[0],
                (int)response.StatusCode,
                response.Content.Headers.ContentType?.MediaType ?? "",
                text
            );
        }

        return new((int)response.StatusCode, text, response.Headers, response.Content.Headers);
    }

    public void Dispose() => _client.Dispose();

    private void Keep(string line)
    {
        SetCookies.Add(line);
        var pair = line.Split(';')[0].Split('=', 2);
        if (pair[1].Length == 0)
        {
            Cookies.Remove(pair[0]);
        }
        else
        {
            Cookies[pair[0]] = pair[1];
        }
    }

    [GeneratedRegex("name=\"csrf_token\" type=\"hidden\" value=\"([^\"]+)\"")]
    private static partial Regex TokenField();
}
