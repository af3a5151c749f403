using System.Text;

namespace AuthSidecar.Platform.Telemetry;

/// <summary>Console output through <see cref="LineOutput"/>, so that a slow reader never blocks a writer.</summary>
internal sealed class LineWriter(LineOutput output) : TextWriter
{
    public override Encoding Encoding => Encoding.UTF8;

    public override void Write(char value) => Write([value]);

    public override void Write(char[] buffer, int index, int count) => Write(buffer.AsSpan(index, count));

    public override void Write(string? value) => Write(value.AsSpan());

    public override void Write(ReadOnlySpan<char> buffer)
    {
        var bytes = new byte[Encoding.UTF8.GetByteCount(buffer)];
        Encoding.UTF8.GetBytes(buffer, bytes);
        output.Write(bytes, LineKind.Message);
    }

    // In one write, so that no other line separates the text from its newline.
    public override void WriteLine(string? value) => Write(value + "\n");
}
