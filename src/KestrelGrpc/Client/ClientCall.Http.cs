using System.IO.Pipelines;
using System.Net;
using Grpc.Core;
using KestrelGrpc.Wire;

namespace KestrelGrpc.Client;

internal sealed partial class ClientCall<TRequest, TResponse>
{
    private const string UserAgent = "grpc-dotnet-kestrelgrpc/1.0";

    /// <summary>Sends the request and takes the response's headers.</summary>
    /// <returns>Null when the call has ended with them, or without.</returns>
    private async Task<PipeReader?> SendAsync(HttpContent content)
    {
        // Callers of an asynchronous method expect it to return before the call is made.
        await Task.Yield();
        try
        {
            _lifetime.Token.ThrowIfCancellationRequested();
            using var request = await CreateRequestAsync(content).ConfigureAwait(false);
            var response = await _transport.SendAsync(request, _lifetime.Token).ConfigureAwait(false);
            Keep(response);
            if (ResponseStatus.OfHeaders(response) is { } status)
            {
                _headers.TrySetResult([]);
                EndAsAnswered(status, ResponseStatus.ReadMetadata(response.Headers), isCutOff: false);
                return null;
            }

            _headers.TrySetResult(ResponseStatus.ReadMetadata(response.Headers));
            var stream = await response.Content.ReadAsStreamAsync(_lifetime.Token).ConfigureAwait(false);
            return PipeReader.Create(stream, new StreamPipeReaderOptions(useZeroByteReads: true));
        }
        catch (Exception exception)
        {
            Fail(exception);
            return null;
        }
    }

    private void Keep(HttpResponseMessage response)
    {
        lock (_lock)
        {
            _response = response;
        }

        if (_outcome is not null)
        {
            response.Dispose();
        }
    }

    private async Task<HttpRequestMessage> CreateRequestAsync(HttpContent content)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri(_transport.Address, _method.FullName))
        {
            Content = content,
            Version = _transport.Options.HttpVersion ?? HttpVersion.Version20,
            VersionPolicy = _transport.Options.HttpVersionPolicy ?? HttpVersionPolicy.RequestVersionExact,
        };
        var fields = request.Headers;
        fields.TryAddWithoutValidation("TE", "trailers");
        fields.TryAddWithoutValidation("grpc-accept-encoding", _transport.Compression.AcceptEncoding);
        fields.Host = _host;
        if (_deadline is { } deadline)
        {
            fields.TryAddWithoutValidation("grpc-timeout", GrpcTimeout.Format(deadline - TimeProvider.System.GetUtcNow().UtcDateTime));
        }

        if (_compressor is not null)
        {
            fields.TryAddWithoutValidation("grpc-encoding", _compressor.EncodingName);
        }

        var credentials = new Metadata();
        await _transport.AuthenticateAsync(_method, _options, credentials, _lifetime.Token).ConfigureAwait(false);
        foreach (var entry in credentials.Concat(_options.Headers ?? []))
        {
            if (!MetadataHeaders.IsReserved(entry.Key) && entry.Key != RequestEncoding.HeaderName)
            {
                fields.TryAddWithoutValidation(entry.Key, MetadataHeaders.ValueOf(entry));
            }
        }

        if (!fields.Contains("User-Agent"))
        {
            fields.TryAddWithoutValidation("User-Agent", UserAgent);
        }

        return request;
    }
}
