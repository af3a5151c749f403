using System.Text;
using AuthSidecar.Decisions.Text;

namespace AuthSidecar.Platform.Configuration;

/// <summary>Replaces <c>env:NAME</c> and <c>file:PATH</c> by the variable's or the file's text.</summary>
internal sealed class References(SettingsSource source, SettingsFiles files, ConfigurationErrors problems)
{
    private static readonly UTF8Encoding _utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Null after an error.</summary>
    public ResolvedText? Resolve(ConfigNode node, string path)
    {
        var (kind, text) = node.Text switch
        {
            ['e', 'n', 'v', ':', .. var name] => (SecretSource.Environment, FromEnvironment(name, path)),
            ['f', 'i', 'l', 'e', ':', .. var name] => (SecretSource.File, FromFile(name, path)),
            _ => (node.Origin?[0] is 'A' ? SecretSource.Environment : SecretSource.PlainText, node.Text),
        };
        if (text is null)
        {
            return null;
        }

        var reference = ReferenceEquals(text, node.Text) ? null : node.Text;
        if (reference is not null && text.Length > 0)
        {
            problems.Hide(text, reference);
        }

        return new ResolvedText(text, reference, kind);
    }

    public string? FromFile(string name, string path)
    {
        if (name.Length == 0)
        {
            problems.Error(path, "file: names no file");
            return null;
        }

        var full = source.FullPath(name);
        var (content, error) = files.Read(full);
        if (error is not null)
        {
            problems.Error(path, $"file {full} {error}");
            return null;
        }

        try
        {
            var text = _utf8.GetString(content.AsSpan().StartsWith(Encoding.UTF8.Preamble) ? content.AsSpan(3) : content);
            return text.EndsWith("\r\n", StringComparison.Ordinal) ? text[..^2]
                : text.EndsWith('\n') ? text[..^1]
                : text;
        }
        catch (DecoderFallbackException)
        {
            problems.Error(path, $"file {full} is not UTF-8 text");
            return null;
        }
    }

    private string? FromEnvironment(string name, string path)
    {
        if (source.Environment.TryGetValue(name, out var text))
        {
            return text;
        }

        problems.Error(path, name.Length == 0 ? "env: names no variable" : $"environment variable {name} is not set");
        return null;
    }
}

/// <summary>A string after its reference was resolved.</summary>
/// <param name="Text">The final text.</param>
/// <param name="Reference">The <c>env:</c> or <c>file:</c> reference, or null.</param>
/// <param name="Source">Source of the text.</param>
internal sealed record ResolvedText(string Text, string? Reference, SecretSource Source);
