using System.Text.Encodings.Web;
using System.Text.Json;

namespace AuthSidecar.Platform.Configuration;

/// <summary>Errors and warnings of one configuration, one line each, in the order found; never the text of a secret.</summary>
internal sealed class ConfigurationErrors
{
    private const int LongestQuote = 80;
    private static readonly JsonSerializerOptions _relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly List<(string Path, string Message)> _errors = [];
    private readonly List<(string Path, string Message)> _warnings = [];
    private readonly Dictionary<string, string> _hidden = [];

    private readonly HashSet<string> _forgiven = [];

    public bool Any => _errors.Count > 0;

    public IReadOnlyList<string> Errors => [.. _errors.Select(Line)];

    /// <summary>Warnings of settings without an error.</summary>
    public IReadOnlyList<string> Warnings => [.. _warnings.Where(warning => !Covers(_errors, warning.Path)).Select(Line)];

    /// <summary>Adds an error, unless the path already has one: later errors of a path usually follow from the first.</summary>
    public void Error(string path, string message)
    {
        if (!_forgiven.Contains(path) && !_errors.Exists(error => error.Path == path))
        {
            _errors.Add((path, message));
        }
    }

    /// <summary>Removes the error of a path, and ignores those that follow from it.</summary>
    /// <returns>The error as one line.</returns>
    public string Forgive(string path)
    {
        _forgiven.Add(path);
        var line = _errors.Where(error => error.Path == path).Select(Line).First();
        _errors.RemoveAll(error => error.Path == path);
        return line;
    }

    public void Warn(string path, string message)
    {
        if (!_warnings.Contains((path, message)))
        {
            _warnings.Add((path, message));
        }
    }

    public void Unknown(string path, string name, IEnumerable<string> known, string? origin = null) =>
        Error(path, $"unknown{NearestName.Hint(name, known)}{SetBy(origin)}");

    /// <summary>Replaces <paramref name="text"/> in later quotes by its reference.</summary>
    public void Hide(string text, string reference) => _hidden[text] = reference;

    public string Quote(string text) =>
        _hidden.TryGetValue(text, out var reference)
            ? $"the value of {reference}"
            : JsonSerializer.Serialize(text.Length <= LongestQuote ? text : text[..LongestQuote] + "…", _relaxed);

    public static string SetBy(string? origin) => origin is null ? "" : $" (set by {origin})";

    private static bool Covers(List<(string Path, string Message)> errors, string path) =>
        errors.Exists(error => path == error.Path || path.StartsWith(error.Path + ":", StringComparison.Ordinal));

    private static string Line((string Path, string Message) problem) => $"{problem.Path}: {problem.Message}".ReplaceLineEndings(" ");
}
