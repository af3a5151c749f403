using System.Net;
using System.Text.Json;
using AuthSidecar.Decisions.Text;

namespace AuthSidecar.Access.Jwt;

/// <summary>An issuer's response is unavailable or malformed. The message is for operators and contains no fragment of a token.</summary>
internal sealed class IssuerException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>
/// HTTP client for issuers with strict bounds: 5 s, 512 KiB for documents and 64 KiB for revocation responses, status 200, a JSON object,
/// no redirects.
/// </summary>
internal sealed class IssuerClient(TimeProvider time) : IDisposable
{
    private const int LargestDocument = 512 * 1024;
    private const int LargestRevocation = 64 * 1024;
    private static readonly TimeSpan _longest = TimeSpan.FromSeconds(5);

    private readonly HttpClient _documents = Client(LargestDocument);
    private readonly HttpClient _revocations = Client(LargestRevocation);

    /// <exception cref="IssuerException">No valid response.</exception>
    public Task<JsonElement> GetAsync(Uri address) => SendAsync(_documents, new(HttpMethod.Get, address));

    /// <summary>Posts a form with one field.</summary>
    /// <exception cref="IssuerException">No valid response.</exception>
    public Task<JsonElement> PostAsync(Uri address, string field, string value) =>
        SendAsync(_revocations, new(HttpMethod.Post, address) { Content = new FormUrlEncodedContent([new(field, value)]) });

    /// <summary>True for https, and for http on the loopback.</summary>
    public static bool IsSecure(Uri address) =>
        address.Scheme == Uri.UriSchemeHttps || (address.Scheme == Uri.UriSchemeHttp && address.IsLoopback);

    public void Dispose()
    {
        _documents.Dispose();
        _revocations.Dispose();
    }

    // Separate, so that hanging revocation checks do not block key refreshes.
    private static HttpClient Client(int largest) =>
        new(
            new SocketsHttpHandler
            {
                AllowAutoRedirect = false,
                UseCookies = false,
                ActivityHeadersPropagator = null,
                PooledConnectionLifetime = TimeSpan.FromMinutes(5),
                MaxConnectionsPerServer = 64,
            }
        )
        {
            Timeout = Timeout.InfiniteTimeSpan,
            MaxResponseContentBufferSize = largest,
        };

    private async Task<JsonElement> SendAsync(HttpClient http, HttpRequestMessage request)
    {
        using var owned = request;
        var address = request.RequestUri!;
        var location = $"{address.Scheme}://{address.Authority}{address.AbsolutePath}";
        if (!IsSecure(address))
        {
            throw new IssuerException($"{location} is neither https nor http on the loopback.");
        }

        request.Headers.Accept.ParseAdd("application/json");
        using var limit = new CancellationTokenSource(_longest, time);
        try
        {
            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseContentRead, limit.Token);
            if (response.StatusCode != HttpStatusCode.OK)
            {
                throw new IssuerException($"{location} responded with status {(int)response.StatusCode}.");
            }

            return StrictJson.ReadObject(StrictJson.WithoutMark(await response.Content.ReadAsByteArrayAsync(limit.Token)).Span)
                ?? throw new IssuerException($"{location} did not respond with a JSON object.");
        }
        catch (OperationCanceledException exception)
        {
            throw new IssuerException($"{location} did not respond within {_longest.TotalSeconds} s.", exception);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            throw new IssuerException($"{location} did not respond: {exception.Message}", exception);
        }
    }
}
