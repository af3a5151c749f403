using System.Net;
using System.Text.Json;
using AuthSidecar.Decisions.Text;

namespace AuthSidecar.Access.Jwt;

/// <summary>An issuer's answer is unavailable or malformed. The message is for operators and contains no part of a token.</summary>
internal sealed class IssuerException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>
/// HTTP client for issuers with strict bounds: 5 s, 512 KiB of keys or 64 KiB about a token, status 200, a JSON object, no redirects.
/// </summary>
internal sealed class IssuerClient(TimeProvider time) : IDisposable
{
    private const int LargestDocument = 512 * 1024;
    private const int LargestVerdict = 64 * 1024;
    private static readonly TimeSpan _longest = TimeSpan.FromSeconds(5);

    private readonly HttpClient _documents = Client(LargestDocument);
    private readonly HttpClient _verdicts = Client(LargestVerdict);

    /// <exception cref="IssuerException">No valid answer.</exception>
    public Task<JsonElement> GetAsync(Uri address) => SendAsync(_documents, new(HttpMethod.Get, address));

    /// <summary>Posts a form with one field.</summary>
    /// <exception cref="IssuerException">No valid answer.</exception>
    public Task<JsonElement> PostAsync(Uri address, string field, string value) =>
        SendAsync(_verdicts, new(HttpMethod.Post, address) { Content = new FormUrlEncodedContent([new(field, value)]) });

    /// <summary>True for https, and for http that does not leave the machine.</summary>
    public static bool MayAsk(Uri address) =>
        address.Scheme == Uri.UriSchemeHttps || (address.Scheme == Uri.UriSchemeHttp && address.IsLoopback);

    public void Dispose()
    {
        _documents.Dispose();
        _verdicts.Dispose();
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
        var place = $"{address.Scheme}://{address.Authority}{address.AbsolutePath}";
        if (!MayAsk(address))
        {
            throw new IssuerException($"{place} is neither https nor on this machine.");
        }

        request.Headers.Accept.ParseAdd("application/json");
        using var limit = new CancellationTokenSource(_longest, time);
        try
        {
            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseContentRead, limit.Token);
            if (response.StatusCode != HttpStatusCode.OK)
            {
                throw new IssuerException($"{place} answered with status {(int)response.StatusCode}.");
            }

            return StrictJson.ReadObject(await response.Content.ReadAsByteArrayAsync(limit.Token))
                ?? throw new IssuerException($"{place} did not answer with a JSON object.");
        }
        catch (OperationCanceledException exception)
        {
            throw new IssuerException($"{place} did not answer within {_longest.TotalSeconds} s.", exception);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            throw new IssuerException($"{place} did not answer: {exception.Message}", exception);
        }
    }
}
