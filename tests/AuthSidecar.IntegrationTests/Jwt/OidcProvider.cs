using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace AuthSidecar.IntegrationTests.Jwt;

/// <summary>The certified OpenID provider from npm, run by node, with real keys and real flows.</summary>
internal sealed class OidcProvider : IAsyncDisposable
{
    private readonly Process _process;
    private readonly Uri _control;
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false });

    private OidcProvider(Process process, JsonNode facts)
    {
        _process = process;
        Issuer = (string)facts["issuer"]!;
        _control = new((string)facts["control"]!);
    }

    public string Issuer { get; }

    public static async Task<OidcProvider> StartAsync()
    {
        var (process, facts) = await NodeProgram.StartAsync("provider.mjs");
        return new(process, facts);
    }

    /// <summary>Rotates the keys; the previous ones are no longer published.</summary>
    public async Task RotateAsync() => (await _http.PostAsync(_control, null)).EnsureSuccessStatusCode();

    /// <summary>A JWT access token (RFC 9068) by client credentials (RFC 6749 4.4) for a resource (RFC 8707).</summary>
    public async Task<string> AccessTokenAsync(string resource, string scope) =>
        (string)
            (await TokenAsync("machine", ("grant_type", "client_credentials"), ("resource", resource), ("scope", scope)))["access_token"]!;

    /// <summary>An ID token by the authorization code flow, executed as by a browser.</summary>
    public async Task<string> IdTokenAsync()
    {
        var cookies = new Dictionary<string, string>();
        var address = new Uri($"{Issuer}/auth?client_id=browser&response_type=code&scope=openid&redirect_uri={Issuer}/callback");
        for (var step = 0; !address.AbsolutePath.EndsWith("/callback", StringComparison.Ordinal); step++)
        {
            Assert.True(step < 10, $"The flow does not end: {address}");
            using var request = new HttpRequestMessage(HttpMethod.Get, address);
            request.Headers.TryAddWithoutValidation("Cookie", string.Join("; ", cookies.Select(cookie => $"{cookie.Key}={cookie.Value}")));
            using var response = await _http.SendAsync(request);
            foreach (
                var pair in response.Headers.TryGetValues("Set-Cookie", out var set)
                    ? set.Select(cookie => cookie.Split(';')[0].Split('=', 2))
                    : []
            )
            {
                cookies[pair[0]] = pair[1];
            }

            address = new(
                address,
                response.Headers.Location
                    ?? throw new InvalidOperationException(
                        $"{(int)response.StatusCode} at {address.AbsolutePath}: {await response.Content.ReadAsStringAsync()}"
                    )
            );
        }

        var code = System.Web.HttpUtility.ParseQueryString(address.Query)["code"]!;
        return (string)
            (await TokenAsync("browser", ("grant_type", "authorization_code"), ("code", code), ("redirect_uri", $"{Issuer}/callback")))[
                "id_token"
            ]!;
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        _process.StandardInput.Close();
        using var limit = new CancellationTokenSource(NodeProgram.Patience);
        await _process.WaitForExitAsync(limit.Token);
        _process.Dispose();
    }

    private async Task<JsonNode> TokenAsync(string client, params (string Name, string Value)[] form)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"{Issuer}/token")
        {
            Content = new FormUrlEncodedContent(form.ToDictionary(field => field.Name, field => field.Value)),
        };
        request.Headers.Authorization = new AuthenticationHeaderValue(
            "Basic",
            Convert.ToBase64String(Encoding.ASCII.GetBytes($"{client}:{client}-secret"))
        );
        using var response = await _http.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        return response.IsSuccessStatusCode ? JsonNode.Parse(text)! : throw new InvalidOperationException(text);
    }
}
