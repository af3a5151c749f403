using AuthSidecar.Usage.Pipeline;

namespace AuthSidecar.Usage.Observation;

/// <summary>
/// Streaming reader of one response: extracts tokens, model and errors, and whether it is complete. In constant memory; bad input yields an
/// error name and never an exception.
/// </summary>
internal sealed class ResponseReader : IDisposable
{
    // An application's responses may come from its users.
    private const long GraceOfOthers = 32 * 1024 * 1024;

    private static readonly string[] _media = ["audio/", "image/", "video/", "application/octet-stream", "application/pdf"];

    private readonly bool _isProviders;
    private readonly int _status;
    private readonly string _contentType;
    private readonly bool _isEventStream;
    private readonly bool _isJson;
    private readonly ExtractedFields _fields = new();
    private readonly JsonScanner _json;
    private readonly ResponseFacts _facts = new();
    private readonly BytesReader _readDecoded;
    private readonly ContentDecoder? _decoder;
    private SseScanner? _scanner;
    private BodySniffer _sniffer;
    private string? _problem;
    private bool _hasEvents;
    private bool _isStopped;
    private bool _isUnread;
    private bool _hasGivenUp;
    private long _textBytes;
    private long _otherBytes;
    private long _unreadBytes;
    private long _events;
    private long _eventsWithText;

    /// <param name="head">Status and content headers.</param>
    /// <param name="isProviders">The policy names a provider, so a response in an unknown format is an error too.</param>
    /// <param name="pool">Accounts for its decoder's memory; null: <see cref="DecoderPool.Responses"/>.</param>
    public ResponseReader(ResponseHead head, bool isProviders, DecoderPool? pool = null)
    {
        _isProviders = isProviders;
        _status = head.Status;
        _contentType = head.ContentType;
        _isEventStream = head.IsType("text/event-stream");
        _isJson = head.IsType("application/json");
        _json = new(_fields);
        _readDecoded = ReadDecoded;
        if (head.HasNoBody)
        {
            Skip();
        }
        else if (
            !ContentDecoder.TryCreate(
                head.ContentEncoding,
                pool ?? DecoderPool.Responses,
                isProviders ? long.MaxValue : GraceOfOthers,
                out _decoder
            )
        )
        {
            Stop(ErrorNames.UnknownEncoding);
        }
    }

    public void Read(ReadOnlyMemory<byte> bytes)
    {
        if (_isStopped)
        {
            _unreadBytes += _hasGivenUp ? bytes.Length : 0;
            _otherBytes += _sniffer.Kind == BodyKind.Other ? bytes.Length : 0;
            return;
        }

        if (_decoder is null)
        {
            ReadDecoded(bytes.Span);
            return;
        }

        try
        {
            if (!_decoder.Decode(bytes, _readDecoded))
            {
                StopAt(bytes, _decoder.Problem!);
            }
        }
        catch (InvalidDataException)
        {
            StopAt(bytes, ErrorNames.BadEncoding);
        }
    }

    /// <summary>Stops reading; fields read so far count.</summary>
    public void Stop(string problem)
    {
        _problem ??= problem;
        _hasGivenUp = true;
        Skip();
    }

    /// <summary>Ignores the body.</summary>
    public void Skip() => _isStopped = _isUnread = true;

    /// <param name="isWhole">The upstream ended it. Otherwise it was cut off, for which the upstream is not blamed.</param>
    public ResponseSummary End(bool isWhole)
    {
        if (_sniffer.Kind == BodyKind.Json)
        {
            _facts.Take(_fields);
            _fields.Clear();
        }

        _scanner?.End();
        _textBytes += _json.TextBytes;

        var isJudged = _isProviders || _facts.Api != EventKind.Unknown;
        var hasFailed = isJudged && _facts.HasError;
        var error = _facts.HasError && (isJudged || _status >= UsageValues.FirstErrorStatus) ? _facts.ErrorType : null;
        if (error is null && isWhole && isJudged && _status < UsageValues.FirstErrorStatus && !_isUnread)
        {
            var problem = ProblemAtEnd();
            hasFailed = problem == ErrorNames.Truncated;
            _problem = problem ?? _problem;
        }

        // A complete document ends the response even when its end is not shown, as before trailers.
        var hasEnded = isWhole || _facts.HasEndMark || (_sniffer.Kind == BodyKind.Json && _json.IsBetween && !_json.IsBroken);
        var wasReadWhole = hasEnded && !_hasGivenUp && _problem != ErrorNames.Truncated;
        return new(
            _facts.Counts,
            _facts.Model.IsEmpty ? null : _facts.Model.ToString(),
            error ?? _problem,
            _facts.Api,
            hasEnded,
            wasReadWhole,
            Seen(),
            _facts.ObjectId,
            hasFailed
        );
    }

    public void Dispose() => _decoder?.Dispose();

    private void StopAt(ReadOnlyMemory<byte> bytes, string problem)
    {
        Stop(problem);
        _unreadBytes += bytes.Length;
        _decoder!.Dispose();
    }

    private void ReadDecoded(ReadOnlySpan<byte> bytes)
    {
        if (_sniffer.Kind == BodyKind.Unknown)
        {
            bytes = bytes[_sniffer.Sniff(bytes)..];
            if (_sniffer.Kind == BodyKind.Events)
            {
                _scanner = new(_json, Take);
                _scanner.Read(_sniffer.IsIndented ? " "u8 : default);
            }
        }

        switch (_sniffer.Kind)
        {
            case BodyKind.Json:
                _json.Read(bytes);
                break;
            case BodyKind.Events:
                _scanner!.Read(bytes);
                break;
            case BodyKind.Other:
                _otherBytes += bytes.Length;
                _isStopped = true;
                break;
        }
    }

    private void Take(SseEvent one)
    {
        _hasEvents = true;
        if (one.IsDone)
        {
            _facts.TakeDone();
            _fields.Clear();
            return;
        }

        CountText();
        if (_json.IsBetween)
        {
            _facts.TakeEvent(_fields, one.IsError);
        }
        else if (one.IsError)
        {
            _fields.Clear();
            _facts.TakeEvent(_fields, isCalledError: true);
        }
        else if (_facts.Api != EventKind.Unknown)
        {
            // An API that sends JSON sends no other text.
            _problem ??= ErrorNames.NoJson;
        }

        _fields.Clear();
    }

    private void CountText()
    {
        var bytes = _fields.IsAudio ? Math.Min(_json.TextBytes, 1) : _json.TextBytes;
        _events++;
        _eventsWithText += bytes > 0 ? 1 : 0;
        _textBytes += bytes;
    }

    // For an unknown API any event may have text. The text of an error is not output.
    private long? Seen()
    {
        var events = _facts.Api == EventKind.Unknown && _eventsWithText == 0 ? _events : _eventsWithText;
        return _status >= UsageValues.FirstErrorStatus
            ? null
            : ObservedTokens.Of(_textBytes + (IsMedia() ? 0 : _otherBytes), _unreadBytes, events);
    }

    // Clients may choose formats that are not read, such as protobuf from Google's APIs: these are mostly text.
    private bool IsMedia() =>
        Array.Exists(_media, one => _contentType.AsSpan().TrimStart().StartsWith(one, StringComparison.OrdinalIgnoreCase));

    private string? ProblemAtEnd() =>
        _sniffer.Kind switch
        {
            BodyKind.Json when _json.IsBroken => ErrorNames.NoJson,
            BodyKind.Json => _json.IsBetween ? null : ErrorNames.Truncated,
            BodyKind.Events => _facts.HasEndMark
            || _facts.IsFinished
            || (_facts.Api == EventKind.Unknown && (_hasEvents || !_isEventStream))
                ? null
                : ErrorNames.Truncated,
            BodyKind.Unknown => _isEventStream ? ErrorNames.Truncated : null,
            _ => _isJson || _isEventStream ? ErrorNames.NoJson : null,
        };
}
